"""`python -m benchmarks [--rows N] [--customers N]`: measure; print one Markdown table, and the loads in words."""

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks import ingest, loading, serving
from benchmarks.figure import table
from billing.settings_documents import LegalEntity
from billing.settings_model import Settings, Warehouse


def main() -> None:
    """Measure in a folder that is removed afterwards; nothing leaves the machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="charges to load")
    parser.add_argument("--customers", type=int, default=200_000, help="customers to publish and look up")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="billhouse-bench-") as name:
        folder = Path(name)
        company = LegalEntity(name="Bench", address=["Here"], country="DE", email="bench@example.com")
        warehouse = Warehouse(dir=folder / "warehouse")
        settings = Settings(company=company, warehouse=warehouse, var=folder)
        figures = [loading.measure(settings, options.rows)]
        serving.fill(warehouse, options.customers)
        figures.append(serving.measure_publish(warehouse))
        figures += serving.measure_look_up(warehouse, options.customers)
    loads = ingest.measure(options.rows)
    figures += ingest.figures(loads, options.rows)
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}\n")
    print(table(figures))
    print(f"\n{ingest.in_words(loads)}")


if __name__ == "__main__":
    main()
