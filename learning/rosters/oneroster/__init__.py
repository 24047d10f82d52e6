"""OneRoster 1.2 in its CSV binding, in bulk mode.

``tables``    the files of the archive and their columns
``roster``    what one pass over an archive remembers, and the names by which things are known again
``structure`` orgs, sessions, courses and classes on their way in
``people``    roles and users on their way in
``importer``  all of it as one kind of import, with the enrollments
``export``    the way out

Nothing is stored about where a thing came from: a ``sourcedId`` is found again by what the portal itself
knows of the thing (a course's code, a season's code, a section's number, a student's number), or by a
short name made of the ``sourcedId`` alone. So the same archive twice changes nothing, and an archive that
the portal wrote comes back as it went.
"""
