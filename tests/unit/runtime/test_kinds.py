"""The kind of a model tells who loads it and who answers for it."""

import pkgutil

import pytest

from tenfold_runtime import kinds
from tenfold_runtime.pipelines.registry import PICTURED
from tenfold_runtime.vision.registry import IMAGE_TASKS

KINDS = (kinds._TEXT, kinds._DECODER, kinds._VISION, kinds._PIPELINE)


@pytest.mark.parametrize("name", [name for kind in KINDS for name in kind])
def test_the_names_are_those_of_functions_and_classes(name):
    assert callable(pkgutil.resolve_name(name))


def test_every_task_on_images_can_be_served_by_a_pipeline_where_a_model_has_no_graph():
    assert PICTURED.keys() == IMAGE_TASKS.keys()
