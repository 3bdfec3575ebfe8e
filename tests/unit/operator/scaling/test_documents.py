"""What autoscalers read."""

import pytest

from tenfold_operator.scaling import documents


@pytest.mark.parametrize(
    ("value", "written"), [(0, "0"), (14, "14"), (13.5, "13500m"), (0.3333333, "333m"), (2.99999, "3")]
)
def test_an_amount_is_whole_or_in_thousandths(value, written):
    assert documents.quantity(value) == written


def test_discovery_names_the_metric_by_the_resource_that_it_is_of():
    (metric,) = documents.resources()["resources"]
    assert (metric["name"], metric["namespaced"]) == ("inferencemodels.tenfold.dev/concurrency", True)
