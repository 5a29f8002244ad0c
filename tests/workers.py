"""Workers: a pipeline that runs in a test, from the moment that it does."""

import asyncio

from pipecat.pipeline.worker import PipelineWorker
from pipecat.workers.runner import WorkerRunner


async def begun(worker: PipelineWorker) -> asyncio.Task[None]:
    """Run a pipeline; return the task that ends with it, once sound may flow."""
    started = asyncio.Event()

    async def note_start(_worker: object, _frame: object) -> None:
        started.set()

    worker.add_event_handler("on_pipeline_started", note_start)
    runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
    await runner.add_workers(worker)
    over = asyncio.create_task(runner.run())
    async with asyncio.timeout(20):
        await started.wait()
    return over
