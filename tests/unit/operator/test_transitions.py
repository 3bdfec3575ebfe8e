from tenfold_operator.transitions import transitions


def status(**reasons):
    """Give a status with conditions, each as `Type="Status/Reason"`."""
    split = ((type_, *text.split("/")) for type_, text in reasons.items())
    names = ("type", "status", "reason", "message")
    return {"conditions": [dict(zip(names, (*each, "why"), strict=True)) for each in split]}


def told(before, after):
    return [(each.type, each.reason) for each in transitions(before, after)]


def test_a_new_model_is_told_of():
    after = status(Accepted="True/Accepted", Available="False/Scheduling", Degraded="False/Healthy")
    assert told({}, after) == [("Normal", "Accepted"), ("Normal", "Scheduling")]


def test_nothing_is_told_while_nothing_changes():
    same = status(Available="True/Serving", Degraded="False/Healthy")
    assert told(same, same) == []


def test_a_step_of_loading_is_told_of():
    before, after = status(Available="False/Downloading"), status(Available="False/Converting")
    assert told(before, after) == [("Normal", "Converting")]


def test_a_problem_is_told_of_once_and_as_a_warning():
    before = status(Available="False/Starting", Degraded="False/Healthy")
    after = status(Available="False/OutOfMemory", Degraded="True/OutOfMemory")
    assert told(before, after) == [("Warning", "OutOfMemory")]


def test_a_problem_at_first_sight_is_a_warning():
    after = status(Accepted="False/ModelIdConflict", Available="False/NotAccepted")
    assert told({}, after) == [("Warning", "ModelIdConflict"), ("Normal", "NotAccepted")]
