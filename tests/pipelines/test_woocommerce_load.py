"""WooCommerce -> raw, against the emulated shops: complete at first, then exactly what changed, however old."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from billing.errors import BadCredential, Terminal
from gateways.woocommerce.api import connect
from pipelines.report import LoadReport, Mode
from pipelines.woocommerce import reread, sweep
from pipelines.woocommerce.objects import TABLES
from tests.conftest import Sandbox
from tests.pipelines.woocommerce_house import Shop, shop_of

Fresh = Callable[..., Sandbox]


def changed(report: LoadReport) -> dict[str, int]:
    return {name: table.rows_changed for name, table in report.tables.items() if table.rows_changed}


def paid_order(shop: Shop) -> dict[str, Any]:
    """The oldest paid order without a refund."""
    orders = sorted(shop.stored("orders").values(), key=lambda order: order["id"])
    found: dict[str, Any] = next(
        order for order in orders if order["status"] == "completed" and not order["refunds"]
    )
    return found


@pytest.mark.parametrize("name", ["eu", "us"])
def test_a_first_load_holds_everything(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    shop = shop_of(sandbox, tmp_path, name)
    report = shop.load()
    assert report.mode is Mode.FIRST
    shop.assert_equal()
    for table in TABLES:
        assert shop.rows(f"select count(*) from {table}")[0][0] > 0
    moment, data = shop.rows("select created_at, data from orders order by id limit 1")[0]
    assert moment.strftime("%Y-%m-%dT%H:%M:%S") == orjson.loads(data)["date_created_gmt"]


def test_a_quiet_cycle_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    shop = shop_of(sandbox, tmp_path)
    shop.load()
    for _ in range(2):
        report = shop.load()
        assert (report.mode, changed(report)) == (Mode.CHANGES, {})
        assert report.table("orders").rows_fetched < 20, "what did not change is not read again"


def test_changes_to_old_objects_arrive(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    """A refund, a cancellation, a tax number, a coupon's use, a price: long after creation, without a full load."""
    shop = shop_of(fresh_sandbox(), tmp_path)
    shop.load()
    order = paid_order(shop)
    refund = shop.ask("POST", f"/orders/{order['id']}/refunds", {"amount": "1.50", "api_refund": False})
    (subscription,) = shop.ask("GET", "/subscriptions", status="active", per_page=1)
    shop.ask("PUT", f"/subscriptions/{subscription['id']}", {"status": "cancelled"})
    meta = [{"key": "vat_number", "value": "DE129273398"}]
    shop.ask("PUT", "/customers/1", {"meta_data": meta})
    product = next(iter(shop.listed("products").values()))
    shop.ask("PUT", f"/products/{product['id']}", {"regular_price": "91.00"})
    line = [{"product_id": product["id"], "quantity": 1}]
    made = shop.ask("POST", "/orders", {"line_items": line, "coupon_lines": [{"code": "harbour10"}]})
    report = shop.load()
    assert report.mode is Mode.CHANGES
    assert report.table("orders").rows_fetched < 20
    assert shop.stored("orders")[str(order["id"])]["refunds"][0]["id"] == refund["id"]
    assert shop.stored("refunds")[str(refund["id"])]["parent_id"] == order["id"]
    assert shop.stored("subscriptions")[str(subscription["id"])]["status"] == "cancelled"
    assert "DE129273398" in str(shop.stored("customers")["1"]["meta_data"])
    assert shop.stored("products")[str(product["id"])]["price"] == "91.00"
    coupon = next(one for one in shop.stored("coupons").values() if one["code"] == "harbour10")
    assert coupon == shop.listed("coupons")[str(coupon["id"])], "its use is counted past its own date"
    assert str(made["id"]) in shop.stored("orders")
    shop.assert_equal()
    assert changed(shop.load()) == {}


def test_deletions_are_noticed(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    shop = shop_of(fresh_sandbox(), tmp_path)
    shop.load()
    order = paid_order(shop)
    living = shop.stored("orders").values()
    refunded = next(order for order in living if order["refunds"] and order["status"] == "completed")
    refund = refunded["refunds"][0]
    (draft,) = shop.ask("GET", "/orders", status="pending", per_page=1)
    shop.ask("DELETE", f"/orders/{order['id']}", force="true")
    shop.ask("DELETE", f"/orders/{draft['id']}")  # into the trash
    shop.ask("DELETE", f"/orders/{refunded['id']}/refunds/{refund['id']}", force="true")
    shop.ask("DELETE", "/customers/3", force="true")
    coupon = shop.ask("GET", "/coupons", code="summer")[0]
    shop.ask("DELETE", f"/coupons/{coupon['id']}", force="true")
    shop.load()
    for table, key in (
        ("orders", order["id"]), ("orders", draft["id"]), ("refunds", refund["id"]), ("customers", 3),
        ("coupons", coupon["id"]),
    ):  # fmt: skip
        ((is_deleted, data, created),) = shop.rows(
            f"select is_deleted, data, created_at from {table} where id = '{key}'"
        )
        assert is_deleted, (table, key)
        assert orjson.loads(data)["id"] == key, "what was last known of it stands"
        assert created is not None
    assert shop.stored("orders").keys() == shop.listed("orders").keys()
    assert shop.stored("refunds").keys() == shop.listed("refunds").keys()
    assert changed(shop.load()) == {}
    shop.ask("PUT", f"/orders/{draft['id']}", {"status": "pending"})
    shop.load()
    assert str(draft["id"]) in shop.stored("orders"), "out of the trash again"


def test_a_month_away_heals_itself(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    sandbox = fresh_sandbox()
    shop = shop_of(sandbox, tmp_path)
    shop.load()
    sandbox.control("clock", advance_days=45)
    report = shop.load()
    assert changed(report)["orders"] >= 5, "renewals"
    shop.assert_equal()
    assert changed(shop.load()) == {}


def test_objects_that_slip_through_a_moving_list_are_found(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a deletion had pulled two rows over a page's edge just when it was turned."""
    from pipelines.woocommerce import reading

    real = reading._page
    lost: list[Any] = []

    def leaky(api: Any, resource: Any, params: Any) -> Any:
        page = real(api, resource, params)
        if (
            page
            and resource.table == "orders"
            and params.get("page") == 1
            and "_fields" not in params
            and not lost
        ):
            lost.extend(page.items[5:7])
            del page.items[5:7]
        return page

    monkeypatch.setattr(reading, "_page", leaky)
    shop = shop_of(sandbox, tmp_path)
    shop.load()
    assert len(lost) == 2
    shop.assert_equal()


def test_many_changes_of_one_second_all_arrive(
    fresh_sandbox: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.woocommerce import reading

    shop = shop_of(fresh_sandbox(), tmp_path)
    shop.load()
    monkeypatch.setattr(reading, "PAGE_SIZE", 3)
    for key in list(shop.stored("orders"))[:11]:
        shop.ask("PUT", f"/orders/{key}", {"customer_note": "all at once"})
    shop.load()
    assert sum(order["customer_note"] == "all at once" for order in shop.stored("orders").values()) == 11
    shop.assert_equal()


def test_one_object_is_read_again(fresh_sandbox: Fresh, tmp_path: Path) -> None:
    shop = shop_of(fresh_sandbox(), tmp_path)
    shop.load()
    order = paid_order(shop)
    shop.ask("POST", f"/orders/{order['id']}/refunds", {"amount": "2.00", "api_refund": False})
    targets = [("order", str(order["id"])), ("action", "1"), ("customer", "999999")]
    report = reread(shop.settings, shop.account, targets)
    assert report.mode is Mode.OBJECTS
    assert changed(report) == {"orders": 1, "refunds": 1, "sales_reports": 1}
    assert reread(shop.settings, shop.account, targets).rows_changed == 0
    assert "orders" not in changed(shop.load())


def test_a_list_too_short_to_be_true_changes_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.woocommerce import reading

    shop = shop_of(sandbox, tmp_path)
    shop.load()
    before = len(shop.stored("orders"))
    monkeypatch.setattr(sweep, "_TOLERATED_LOSS", 5)
    monkeypatch.setattr(reading, "total", lambda _api, _resource: 0)
    monkeypatch.setattr(reading, "ids", lambda _api, _resource: {})
    with pytest.raises(Terminal, match="not believed"):
        shop.load()
    assert len(shop.stored("orders")) == before


def test_a_wrong_key_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    shop = shop_of(sandbox, tmp_path)
    shop.account = shop.account.model_copy(update={"consumer_secret": SecretStr("cs_wrong")})
    with pytest.raises(BadCredential, match="Consumer secret is invalid"):
        shop.load()


def test_a_webhook_disabled_by_its_shop_is_told(
    fresh_sandbox: Fresh, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = shop_of(fresh_sandbox(), tmp_path)
    hook = next(one for one in shop.ask("GET", "/webhooks") if one["topic"] == "order.updated")
    shop.ask("PUT", f"/webhooks/{hook['id']}", {"status": "disabled"})
    with caplog.at_level(logging.WARNING, "pipelines.woocommerce"):
        shop.load()
    assert "is disabled" in caplog.text
    assert "(order.updated)" in caplog.text
    words = connect(shop.account).check()
    assert "the key opens Lampa Shop Europe (EUR" in words
    assert "is disabled" in words


def test_a_shop_without_subscriptions_is_loaded(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its route is not there, which is no fault."""
    from billing.errors import Refused
    from gateways.woocommerce.api import WooApi

    real = WooApi.page

    def page(self: WooApi, path: str, params: Any = None) -> Any:
        if path.startswith("/subscriptions") or path == "/refunds":
            raise Refused("No route was found.", "rest_no_route")
        return real(self, path, params)

    monkeypatch.setattr(WooApi, "page", page)
    shop = shop_of(sandbox, tmp_path)
    shop.load()
    monkeypatch.undo()
    assert shop.stored("subscriptions") == {}
    assert shop.stored("refunds").keys() == shop.listed("refunds").keys(), "read with their orders"
    assert shop.stored("orders") == shop.listed("orders")
