"""What hostile or broken input does to every route that takes any: nothing, and the answer says why."""
