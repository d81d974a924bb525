"""A small shop that leaks on purpose, in two ways, next to a good deal of healthy churn.

Leaks: ``SESSIONS`` keeps every session for ever, and ``Bus`` keeps every listener.
Healthy: requests come and go, ``render`` is a full LRU cache, ``ACCESS_LOG`` is bounded.
Garbage: orders and their lines refer to each other, so only the collector can free them.

It runs alone as well, ``python shop.py [--parent PID] [--seconds N]``, under CPython 3.8 and
later, with nothing but the standard library.  ``--parent`` ends it when that process is gone.
"""

from __future__ import annotations

import argparse
import collections
import functools
import importlib
import itertools
import os
import random
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Listener = Callable[["Product"], None]

VISITS_PER_SECOND = 24
"""New sessions a second, shared by the workers: about 40 KiB a second that never come back."""

WORKERS = 3
SESSIONS_AT_OPENING = 400
GARBAGE_LIVES_S = 6.0


class Product:
    """One thing on sale; their number never changes."""

    def __init__(self, sku: str, title: str, price_cents: int) -> None:
        self.sku = sku
        self.title = title
        self.price_cents = price_cents
        self.tags = [title.split(maxsplit=1)[0], "sale" if price_cents % 3 else "new"]


class User:
    """Who is shopping."""

    def __init__(self, number: int) -> None:
        self.name = f"user{number:06d}"
        self.email = f"{self.name}@example.org"
        self.address = {"city": random.choice(CITIES), "zip": f"{number % 100000:05d}"}


class CartLine:
    """A quantity of one product."""

    __slots__ = ("product", "quantity")

    def __init__(self, product: Product, quantity: int) -> None:
        self.product = product
        self.quantity = quantity


class Cart:
    """What a session is about to buy."""

    def __init__(self) -> None:
        self.lines: list[CartLine] = []
        self.vouchers: dict[str, int] = {}

    def add(self, product: Product, quantity: int) -> None:
        """Put ``quantity`` of ``product`` in."""
        self.lines.append(CartLine(product, quantity))


class Session:
    """One visit.  The leak: nobody takes it out of ``SESSIONS`` when the visitor leaves."""

    def __init__(self, key: str, user: User) -> None:
        self.key = key
        self.user = user
        self.cart = Cart()
        self.opened_at = time.time()
        self.pages = [f"/p/{random.randrange(10_000)}?session={key}" for _ in range(4)]


class Order:
    """A finished purchase.  It and its lines refer to each other: a cycle."""

    def __init__(self, session: Session) -> None:
        self.number = next(ORDER_NUMBERS)
        self.lines = [OrderLine(self, line) for line in session.cart.lines]
        self.receipt = f"order {self.number}: {len(self.lines)} lines".ljust(400, ".")


class OrderLine:
    """One line of an order."""

    def __init__(self, order: Order, line: CartLine) -> None:
        self.order = order
        self.cents = line.product.price_cents * line.quantity


class Request:
    """One request being served; gone a moment later."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        self.path = path
        self.headers = headers


class PriceAlert:
    """Notices when a price drops for a visitor.  The leak: ``Bus`` holds it long after the visit."""

    def __init__(self, user: User, below_cents: int) -> None:
        self.user = user
        self.below_cents = below_cents
        self.seen = 0

    def on_price(self, product: Product) -> None:
        """Count a new price that is low enough."""
        if product.price_cents < self.below_cents:
            self.seen += 1


class Bus:
    """Hands events to listeners.  It can add listeners, but nobody wrote a method to remove them."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = collections.defaultdict(list)

    def listen(self, event: str, listener: Listener) -> None:
        """Call ``listener`` at every ``event`` from now on."""
        self._listeners[event].append(listener)

    def publish(self, event: str, product: Product) -> None:
        """Call the newest listeners of ``event`` (all of them would take longer every minute)."""
        for listener in self._listeners[event][-50:]:
            listener(product)


CITIES = ("Aarhus", "Bergen", "Cádiz", "Dresden", "Évora", "Faro", "Ghent")
ORDER_NUMBERS = itertools.count(1)
CATALOGUE: list[Product] = []
SESSIONS: dict[str, Session] = {}
BUS = Bus()
ACCESS_LOG: collections.deque[dict[str, object]] = collections.deque(maxlen=2000)
SHIPPING: collections.deque[Order] = collections.deque()


@functools.lru_cache(maxsize=512)
def render(sku: int, city: str) -> str:
    """The product page, cached.  The cache is full after a minute and does not grow after that."""
    product = CATALOGUE[sku]
    return f"<h1>{product.title}</h1><p>{product.price_cents} cents, ships from {city}</p>" * 8


def visit(number: int) -> Session:
    """Serve one visitor: a session, a few requests, perhaps an order and a price alert."""
    key = f"{number:08x}{random.getrandbits(64):016x}"
    session = SESSIONS[key] = Session(key, User(number))
    for _ in range(random.randint(1, 4)):
        sku = min(int(random.expovariate(1 / 60)), len(CATALOGUE) - 1)
        request = Request(f"/p/{sku}", {"host": "shop.example.org", "cookie": key})
        render(sku, session.user.address["city"])
        session.cart.add(CATALOGUE[sku], random.randint(1, 3))
        ACCESS_LOG.append({"path": request.path, "at": time.time(), "status": 200})
    if number % 2:
        BUS.listen("price", PriceAlert(session.user, random.randint(100, 9000)).on_price)
    if number % 3:
        SHIPPING.append(Order(session))
    return session


def serve(numbers: itertools.count[int], closing: threading.Event) -> None:
    """One worker's day: a visitor, a pause, the next visitor."""
    pause = WORKERS / VISITS_PER_SECOND
    while not closing.wait(random.uniform(0.5, 1.5) * pause):
        visit(next(numbers))


def reprice(closing: threading.Event) -> None:
    """Change a price now and then, so that the bus has something to carry."""
    while not closing.wait(0.5):
        product = random.choice(CATALOGUE)
        product.price_cents = max(100, product.price_cents + random.randint(-50, 50))
        BUS.publish("price", product)


def ship(closing: threading.Event) -> None:
    """Drop old orders in batches: their cycles are garbage then."""
    while not closing.wait(GARBAGE_LIVES_S):
        for _ in range(len(SHIPPING) // 2):
            SHIPPING.popleft()


def stock_up() -> None:
    """Fill the shelves, once."""
    kinds = itertools.cycle(("Teapot", "Lamp", "Chair", "Rug"))
    for number, kind in enumerate(itertools.islice(kinds, 1500)):
        CATALOGUE.append(Product(f"SKU-{number:05d}", f"{kind} no. {number}", 199 + number * 7))


def open_shop(closing: threading.Event) -> list[threading.Thread]:
    """Let the first visitors in and start the threads; they end when ``closing`` is set."""
    stock_up()
    numbers = itertools.count(1)
    for _ in range(SESSIONS_AT_OPENING):
        visit(next(numbers))
    threads = [
        threading.Thread(target=serve, args=(numbers, closing), name=f"worker-{n}", daemon=True)
        for n in range(1, WORKERS + 1)
    ]
    threads.append(threading.Thread(target=reprice, args=(closing,), name="prices", daemon=True))
    threads.append(threading.Thread(target=ship, args=(closing,), name="shipping", daemon=True))
    for thread in threads:
        thread.start()
    return threads


def take_name(name: str) -> None:
    """Show up as ``name`` in lists of processes, if the system allows it."""
    try:
        with open("/proc/self/comm", "w") as comm:
            comm.write(name)
    except OSError:
        pass  # another system: it shows up as python


def main(arguments: list[str] | None = None) -> None:
    """Run the shop until it is interrupted, its parent is gone, or its time is up."""
    parser = argparse.ArgumentParser(description="a small shop that leaks on purpose")
    parser.add_argument("--parent", type=int, help="end when this parent process is gone")
    parser.add_argument("--seconds", type=float, help="close after this many seconds")
    options = parser.parse_args(arguments)
    take_name("shop")
    closing = threading.Event()
    threads = open_shop(closing)
    print(f"shop open, pid {os.getpid()}", flush=True)
    until = None if options.seconds is None else time.monotonic() + options.seconds
    try:
        while until is None or time.monotonic() < until:
            if options.parent is not None and os.getppid() != options.parent:
                break
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    closing.set()
    for thread in threads:
        thread.join(timeout=2)


if __name__ == "__main__":
    # Run it as a module, so that types are named shop.Session and not __main__.Session.
    here, file = os.path.split(os.path.abspath(__file__))
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.import_module(os.path.splitext(file)[0]).main()
