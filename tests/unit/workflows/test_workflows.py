"""The workflows of GitHub Actions."""

import re

import pytest
import yaml

import scripts

FILES = sorted((scripts.ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
MAKEFILE = (scripts.ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_action_is_pinned_to_a_commit_and_tells_its_version(file):
    used = re.findall(r"uses: (.*)", file.read_text(encoding="utf-8"))
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_may_only_read_unless_a_job_asks_for_more(file):
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}


def test_every_target_that_a_workflow_makes_exists():
    text = "".join(file.read_text(encoding="utf-8") for file in FILES)
    made = set(" ".join(re.findall(r"run: make (.*)", text)).split())
    assert {target for target in made if f"\n{target}:" not in MAKEFILE} == set()
