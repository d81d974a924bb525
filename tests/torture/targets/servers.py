"""Targets from the wild: web servers, workers, kernels, event loops.  The announced process is the one that works."""

import os
import sys
import threading
import time

import board  # before anything is patched

ANSWER = b"4950"


def _body():
    return str(sum(range(100))).encode()


def http():
    """The standard library's threading HTTP server."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = _body()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            board.right()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    board.put(board.PORT, server.server_port)
    board.ready()
    server.serve_forever()


def _wsgi(_environ, start_response):
    body = _body()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    board.right()
    return [body]


def gunicorn_sync():
    _gunicorn("sync", 1)


def gunicorn_gthread():
    _gunicorn("gthread", 4)


def _gunicorn(worker_class, threads):
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):
        def load_config(self):
            options = {
                "bind": "127.0.0.1:0",
                "workers": 1,
                "threads": threads,
                "worker_class": worker_class,
                "loglevel": "critical",
                "when_ready": lambda server: board.put(
                    board.PORT, server.LISTENERS[0].sock.getsockname()[1]
                ),
                "post_worker_init": lambda worker: board.ready(),
            }
            for name, value in options.items():
                self.cfg.set(name, value)
            if "control_socket_disable" in self.cfg.settings:
                self.cfg.set("control_socket_disable", True)

        def load(self):
            return _wsgi

    Application().run()


def uvicorn():
    import uvicorn as package

    async def application(scope, receive, send):
        if scope["type"] != "http":
            return
        body = _body()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        board.right()

    class Server(package.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            board.put(board.PORT, self.servers[0].sockets[0].getsockname()[1])
            board.ready()

    Server(package.Config(application, port=0, log_level="critical", lifespan="off")).run()


def gevent():
    from gevent import monkey

    monkey.patch_all()
    _cooperative()


def eventlet():
    import eventlet as package

    package.monkey_patch()
    _cooperative()


def _cooperative():
    """Patched threads, locks, queues and sleeps, as an application uses them without knowing."""
    import queue

    numbers, answers = queue.Queue(), queue.Queue()

    def worker():
        while True:
            number = numbers.get()
            time.sleep(0.001)
            answers.put(number * number)

    def sleeper():
        while True:
            before = time.monotonic()
            time.sleep(0.3)
            took = time.monotonic() - before
            board.check(0.298 <= took < 1.8, "a patched sleep took %.4f s" % took)

    for function in (worker, worker, sleeper):
        threading.Thread(target=function, daemon=True).start()
    board.ready()
    while True:
        for number in range(50):
            numbers.put(number)
        got = sorted(answers.get() for _ in range(50))
        board.check(got == [n * n for n in range(50)], "the queue lost or doubled an answer")


def uvloop():
    import asyncio

    import uvloop as package

    async def echo(reader, writer):
        while True:
            writer.write(await reader.readexactly(4))

    async def main():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        board.ready()
        while True:
            writer.write(b"ping")
            board.check(await reader.readexactly(4) == b"ping", "the echo changed")
            await asyncio.sleep(0.005)

    loop = package.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())


def pool_fork():
    _pool("fork")


def pool_spawn():
    _pool("spawn")


def work(number):
    return sum(range(number))


def _pool(method):
    import multiprocessing

    with multiprocessing.get_context(method).Pool(1, board.ready) as pool:
        while True:
            numbers = range(1000, 1040)
            expected = [n * (n - 1) // 2 for n in numbers]
            board.check(pool.map(work, numbers, 4) == expected, "the pool gave a wrong answer")
            time.sleep(0.005)


def celery():
    from celery import Celery
    from celery.signals import worker_process_init, worker_ready

    # The filesystem broker of kombu reads messages that are half written; this one is as real a consumer.
    application = Celery("torture", broker="memory://")
    application.conf.worker_hijack_root_logger = False

    @application.task(name="torture.work", ignore_result=True)
    def task(number):
        board.check(work(number) == number * (number - 1) // 2, "a task counted wrongly")

    def send():
        while True:
            task.delay(1000)
            time.sleep(0.1)

    worker_process_init.connect(lambda **_: board.ready(), weak=False)
    worker_ready.connect(lambda **_: threading.Thread(target=send, daemon=True).start(), weak=False)
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "CRITICAL"]
    os.environ["C_FORCE_ROOT"] = "1"
    application.worker_main(["worker", "-P", "prefork", "-c", "1", *quiet])


def ipykernel():
    """A Jupyter kernel without a client; its event loop does the work that is checked."""
    import asyncio

    from ipykernel.kernelapp import IPKernelApp

    async def work_on():
        while True:
            await asyncio.sleep(0.01)
            board.check(work(100) == 4950, "the kernel counts wrongly")

    file = os.path.join(os.environ["MEMTUI_TORTURE_DIR"], "kernel.json")
    os.environ["IPYTHONDIR"] = os.environ["MEMTUI_TORTURE_DIR"]
    kernel = IPKernelApp.instance()
    kernel.initialize(["-f", file, "--HistoryManager.enabled=False"])

    async def begin():
        board.ready()
        await work_on()

    from tornado.ioloop import IOLoop

    IOLoop.current().add_callback(begin)
    kernel.start()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
