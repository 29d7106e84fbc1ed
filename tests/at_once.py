"""Several people who press at one moment: each in a process or thread of his own, with his own connection."""

import asyncio
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from cus_portal.workflow import TransitionNotAllowed

REFUSALS = (PermissionDenied, TransitionNotAllowed, ValidationError, LookupError)
PATIENCE = 60


def at_once(*calls):
    """Let the calls loose at one moment; return the sorted answers, of a refusal its kind."""
    forking = multiprocessing.get_context("fork")
    start, answers = forking.Barrier(len(calls)), forking.SimpleQueue()
    _leave_nothing_open()
    processes = [forking.Process(target=_answer, args=(call, start, answers)) for call in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE)
    assert [process.exitcode for process in processes] == [0] * len(calls)
    return sorted(answers.get() for _call in calls)


def in_threads(*calls):
    """Do the same in threads of one process, as a server with threads does."""
    start = threading.Barrier(len(calls))
    with ThreadPoolExecutor(len(calls)) as pool:
        told = [pool.submit(_told, call, start) for call in calls]
        return sorted(one.result(PATIENCE) for one in told)


def _leave_nothing_open():
    """Close this process's connections: two processes may not share one, each opens its own.

    After a browser has been started its event loop counts as running, and Django keeps connections for it apart from
    those of the plain thread. A forked process has no such loop, and would take up the plain thread's old ones.
    """
    connections.close_all()
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        connections.close_all()
    finally:
        asyncio._set_running_loop(loop)


def _answer(call, start, answers):
    answers.put(_told(call, start))


def _told(call, start):
    start.wait(PATIENCE)
    try:
        return str(call())
    except REFUSALS as refusal:
        return type(refusal).__name__
    finally:
        connections.close_all()
