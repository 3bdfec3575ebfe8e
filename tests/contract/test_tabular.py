"""Models of tables, beside the estimators themselves."""

import numpy as np
import pytest
from huggingface_hub import InferenceClient
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import tiny_tabular
from live import live
from served import BuildHere, load, serve, settings
from tenfold_api.spec import Engine
from tenfold_runtime.errors import CannotLoad, RequestError
from tenfold_runtime.service import Service

FLOWERS = tiny_tabular.flowers(rows=9, seed=1)
WINES = tiny_tabular.wines(rows=9, seed=1)
CLASSIFIES, REGRESSES = "tabular-classification", "tabular-regression"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def flowers(models, cache):
    """A classifier of numbers, as skops has it."""
    return serve(tiny_tabular.save(models / "flowers", tiny_tabular.classifier()[0], CLASSIFIES), cache)


@pytest.fixture(scope="module")
def wines(models, cache):
    """A classifier of numbers and texts, as skops has it."""
    return serve(tiny_tabular.save(models / "wines", tiny_tabular.taster()[0]), cache, task=CLASSIFIES)


@pytest.fixture(scope="module")
def heights(models, cache):
    """A regressor that does not know its columns' names."""
    return serve(tiny_tabular.save(models / "heights", tiny_tabular.regressor()[0], REGRESSES), cache)


def test_rows_are_classified_as_the_estimator_does(flowers):
    expected = tiny_tabular.classifier()[0].predict(FLOWERS).tolist()

    assert flowers.ask({"inputs": {"data": tiny_tabular.as_json(FLOWERS)}}) == expected
    assert len(set(expected)) > 1


def test_every_client_s_way_to_send_a_table_is_read(flowers):
    table = tiny_tabular.as_json(FLOWERS)
    bodies = ({"inputs": {"data": table}}, {"table": table}, {"parameters": {}, "table": table})

    first, second, third = (flowers.ask(body) for body in bodies)

    assert first == second == third


def test_numbers_may_come_as_strings_and_columns_in_any_order(flowers):
    table = tiny_tabular.as_json(FLOWERS)
    shuffled = {name: [str(value) for value in table[name]] for name in reversed(table)}

    assert flowers.ask({"table": shuffled}) == flowers.ask({"table": table})


def test_a_column_that_the_model_does_not_know_is_ignored(flowers):
    table = tiny_tabular.as_json(FLOWERS)

    assert flowers.ask({"table": {"id": ["a"] * 9, **table}}) == flowers.ask({"table": table})


def test_columns_of_texts_and_labels_that_are_texts(wines):
    expected = tiny_tabular.taster()[0].predict(WINES).tolist()

    assert wines.ask({"table": tiny_tabular.as_json(WINES)}) == expected
    assert set(expected) == {"good", "bad"}


def test_a_model_without_names_takes_columns_in_their_order(heights):
    expected = tiny_tabular.regressor()[0].predict(FLOWERS.to_numpy())

    assert np.allclose(heights.ask({"table": tiny_tabular.as_json(FLOWERS)}), expected)


def test_a_missing_number_reaches_a_model_that_allows_for_it(models, cache):
    estimator, table = tiny_tabular.imputer()
    served = serve(tiny_tabular.save(models / "imputer", estimator), cache, task=REGRESSES)
    rows = tiny_tabular.as_json(table.iloc[3:4].astype(object).where(table.iloc[3:4].notna(), None))

    assert np.allclose(served.ask({"table": rows}), estimator.predict(table.iloc[3:4]))


@pytest.mark.parametrize(
    ("make", "table", "task"),
    [
        (tiny_tabular.classifier, FLOWERS, CLASSIFIES),
        (tiny_tabular.forest, FLOWERS, REGRESSES),
    ],
    ids=["classifier", "regressor"],
)
def test_a_graph_answers_as_its_estimator(models, cache, make, table, task):
    estimator = make()[0]
    folder = tiny_tabular.save_onnx(models / f"graph-{task}", estimator, list(table.columns), task)

    served = serve(folder, cache)

    assert served.loaded.manifest.engine is Engine.ONNX
    asked = table if task == CLASSIFIES else table.to_numpy()
    assert np.allclose(
        served.ask({"table": tiny_tabular.as_json(table)}), estimator.predict(asked), atol=1e-3
    )


def test_a_graph_with_an_input_for_each_column(models, cache):
    estimator, table = tiny_tabular.taster()
    folder = tiny_tabular.save_onnx_by_column(models / "graph-wines", estimator, table, CLASSIFIES)

    served = serve(folder, cache)

    assert served.ask({"table": tiny_tabular.as_json(WINES)}) == estimator.predict(WINES).tolist()


def changed(**columns):
    return {"table": {**tiny_tabular.as_json(WINES), **columns}}


BAD = {
    "no table": ({"inputs": "a text"}, "inputs"),
    "both tables": ({**changed(), "inputs": {"data": {"a": [1]}}}, "`table` or in `inputs.data`"),
    "an empty table": ({"table": {}}, "table"),
    "no rows": (changed(sugar=[], colour=[], age=[]), "table.sugar"),
    "a missing column": ({"table": {"sugar": [1.0]}}, "table.colour"),
    "a missing column of inputs.data": ({"inputs": {"data": {"sugar": [1.0]}}}, "inputs.data.colour"),
    "unequal lengths": (changed(age=[1]), "table.age"),
    "a text among numbers": (changed(sugar=[1, 2, 3, "sweet", 5, 6, 7, 8, 9]), "table.sugar.3"),
    "nan": (changed(sugar=[1, 2, 3, "nan", 5, 6, 7, 8, 9]), "table.sugar.3"),
    "too large": (changed(sugar=["1e999"] * 9), "table.sugar.0"),
    "null": (changed(sugar=[None] * 9), "table.sugar.0"),
    "a number among texts": (changed(colour=[3] * 9), "table.colour.0"),
    "a class never seen": (changed(colour=["blue"] * 9), "table"),
    "a list in a cell": (changed(sugar=[[1]] * 9), "table.sugar.0"),
    "too many rows": ({"table": {name: [1.0] * 2000 for name in WINES}}, "table.sugar"),
    "an unknown parameter": ({**changed(), "parameters": {"top_k": 2}}, "parameters.top_k"),
}


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD.keys())
def test_a_bad_table_is_refused_and_the_next_one_answered(wines, body, field):
    with pytest.raises(RequestError) as error:
        wines.ask(body)

    assert (error.value.status, field in error.value.problems[0]) == (400, True), error.value.problems
    assert len(wines.ask(changed())) == 9


def test_a_column_is_named_as_the_caller_names_it(heights):
    with pytest.raises(RequestError, match=r"Error in `table\.b\.0`"):
        heights.ask({"table": {"a": [1], "b": ["much"], "c": [1]}})


@pytest.mark.parametrize("chosen", [["colour"], [1], slice(1, 2), [False, True, False]])
def test_columns_of_texts_are_known_however_they_were_chosen(tmp_path, chosen):
    table = tiny_tabular.wines()
    encoded = ColumnTransformer([("colour", OneHotEncoder(), chosen)], remainder="passthrough")
    estimator = make_pipeline(encoded, LinearRegression()).fit(table, table["sugar"])
    served = serve(tiny_tabular.save(tmp_path / "chosen", estimator), tmp_path, task=REGRESSES)

    answer = served.ask({"table": tiny_tabular.as_json(WINES)})

    assert np.allclose(answer, estimator.predict(WINES))


def test_the_count_of_columns_must_fit_a_model_without_names(heights):
    with pytest.raises(RequestError, match="Error in `table`: 2 columns; the model takes 3"):
        heights.ask({"table": {"a": [1], "b": [2]}})


def test_a_pickle_is_refused_unless_it_is_allowed(models, cache):
    folder = tiny_tabular.save_pickle(models / "pickled", tiny_tabular.classifier()[0])

    with pytest.raises(CannotLoad, match=r"found only model\.joblib"):
        load(folder, cache, task=CLASSIFIES)
    allowed = serve(folder, cache, task=CLASSIFIES, security={"allowPickle": True})
    assert len(allowed.ask({"table": tiny_tabular.as_json(FLOWERS)})) == 9


def test_types_that_skops_does_not_know_are_refused_unless_pickles_are_allowed(models, cache):
    estimator = tiny_tabular.forest()[0]
    folder = tiny_tabular.save(models / "forest", estimator, REGRESSES)

    with pytest.raises(CannotLoad, match=r"not know to be safe: sklearn\.tree\._tree\.Tree") as error:
        load(folder, cache)
    served = serve(folder, cache, security={"allowPickle": True})

    assert error.value.failure.status == 403
    expected = estimator.predict(FLOWERS.to_numpy())
    assert np.allclose(served.ask({"table": tiny_tabular.as_json(FLOWERS)}), expected)


def test_a_damaged_file_is_no_model(models, cache):
    folder = tiny_tabular.save(models / "damaged", tiny_tabular.classifier()[0], CLASSIFIES)
    (folder / "model.skops").write_bytes(b"PK no zip")

    with pytest.raises(CannotLoad, match=r"model\.skops cannot be loaded"):
        load(folder, cache)


def test_the_task_must_fit_the_estimator(models, cache):
    folder = tiny_tabular.save(models / "unfit", tiny_tabular.classifier()[0])

    with pytest.raises(CannotLoad, match="made for tabular-classification"):
        load(folder, cache, task=REGRESSES)
    with pytest.raises(CannotLoad, match=r"set spec\.task"):
        load(folder, cache)


def test_one_of_several_files_must_be_named(models, cache):
    folder = tiny_tabular.save(models / "several", tiny_tabular.classifier()[0], CLASSIFIES)
    (folder / "other.skops").write_bytes((folder / "model.skops").read_bytes())
    assert load(folder, cache)

    (folder / "config.json").unlink()
    with pytest.raises(CannotLoad, match=r"model\.skops, other\.skops"):
        load(folder, cache, task=CLASSIFIES)


def test_the_official_client_reads_the_answers(models, cache):
    folder = tiny_tabular.save(models / "client", tiny_tabular.classifier()[0], CLASSIFIES)
    service = Service(settings(folder, cache), BuildHere())

    with live(service) as url:
        answer = InferenceClient(model=url).tabular_classification(
            {name: [str(value) for value in values] for name, values in tiny_tabular.as_json(FLOWERS).items()}
        )

    assert answer == tiny_tabular.classifier()[0].predict(FLOWERS).tolist()
    assert (service.status.engine, service.status.compute_type) == ("sklearn", "cpu")
