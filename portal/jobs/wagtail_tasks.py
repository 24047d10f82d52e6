"""Wagtail's own tasks (removing files, purging caches …) go through the outbox like every other job.

The search index and the index of references are written at once, in the transaction of the page they
tell of: what an editor publishes must be found by the next request, and an import in another process
must not leave its index to the server.
"""

from typing import Any

from django.utils.module_loading import import_string
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import normalize_json

from portal.jobs.outbox import enqueue

RUNNER = "portal.jobs.wagtail_tasks.run"
AT_ONCE = frozenset(
    {
        "modelsearch.tasks.insert_or_update_object_task",
        "wagtail.tasks.update_reference_index_task",
    }
)


class OutboxTaskBackend(ImmediateBackend):
    """The backend that ``TASKS`` names."""

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Store the task as a job, in the caller's transaction."""
        path = f"{task.func.__module__}.{task.func.__qualname__}"
        if path in AT_ONCE:
            return super().enqueue(task, args, kwargs)
        self.validate_task(task)
        row = enqueue(
            RUNNER, path=path, args=normalize_json(list(args)), kwargs=normalize_json(dict(kwargs))
        )
        return TaskResult(
            task=task,
            id=str(row.pk),
            status=TaskResultStatus.READY,
            enqueued_at=row.created_at,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


def run(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Call the task at ``path``."""
    task: Task = import_string(path)
    task.call(*args, **kwargs)
