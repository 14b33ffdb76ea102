"""taskiq worker tests.engines.on_taskiq:broker; its environment says the rest."""

from taskiq import AsyncBroker

from hookmw.engines import TaskiqEngine
from tests.engines.shop import AGAIN, QUEUE, URL, hooks_on


def _broker() -> AsyncBroker:
    if URL.startswith("redis"):
        from taskiq_redis import ListQueueBroker  # noqa: PLC0415 - slow to import

        return ListQueueBroker(URL, queue_name=QUEUE)
    from taskiq_aio_pika import AioPikaBroker, Exchange, Queue  # noqa: PLC0415

    return AioPikaBroker(URL, exchange=Exchange(name=QUEUE)).with_queue(Queue(name=QUEUE))


broker = _broker()
hooks = hooks_on(TaskiqEngine(broker, again=AGAIN))
