"""The database of the measurement, with the standard library alone.

`data.py prepare SOURCE COPY…` copies a shop of Oscar, without its pictures, whose files are missing; says which product
is measured: its key, its slug and its title.
`data.py baskets COPY…` says how many lines lie in baskets, of each copy.
"""

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

# Under load nobody must find it sold out.
FREE_UNITS_MIN = 20

FIRST_PRODUCT = """
    SELECT product.id, product.slug, product.title
    FROM catalogue_product AS product
    JOIN partner_stockrecord AS stock ON stock.product_id = product.id
    WHERE product.structure = 'standalone' AND product.is_public
      AND stock.price IS NOT NULL AND ? < stock.num_in_stock - COALESCE(stock.num_allocated, 0)
    ORDER BY product.id
    LIMIT 1
"""


def prepare(source, copies):
    for copy in copies:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        with closing(sqlite3.connect(copy)) as database, database:
            database.execute("DELETE FROM catalogue_productimage")
            database.execute("DELETE FROM thumbnail_kvstore")
            product = database.execute(FIRST_PRODUCT, (FREE_UNITS_MIN,)).fetchone()
            if product is None:
                sys.exit(f"{source}: no product of which there are more than {FREE_UNITS_MIN}")
    print(*product)


def baskets(copies):
    for copy in copies:
        with closing(sqlite3.connect(copy)) as database:
            print(*database.execute("SELECT COUNT(*) FROM basket_line").fetchone())


if __name__ == "__main__":
    paths = [Path(path) for path in sys.argv[2:]]
    match sys.argv[1]:
        case "prepare":
            prepare(paths[0], paths[1:])
        case "baskets":
            baskets(paths)
        case other:
            sys.exit(f"{other} is neither prepare nor baskets")
