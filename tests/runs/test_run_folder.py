import errno
import json

import pytest

from keras_attn.runs.errors import UserError
from keras_attn.runs.run_folder import RunFolder


@pytest.fixture
def started(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.unfinished.mkdir(parents=True)
    run.recipe.write_text("dataset: trec\n")
    return run


def test_a_new_folder_is_free(tmp_path):
    RunFolder(tmp_path / "new").require_free(resume=False, overwrite=False)
    RunFolder(tmp_path).require_free(resume=False, overwrite=False)


def test_an_unfinished_run_is_resumed_or_replaced(started):
    with pytest.raises(UserError, match="unfinished run.*--resume"):
        started.require_free(resume=False, overwrite=False)
    started.require_free(resume=True, overwrite=False)
    started.require_free(resume=False, overwrite=True)


def test_a_finished_run_is_kept(started):
    started.write_result({"a": 1})
    with pytest.raises(UserError, match="finished run.*--overwrite"):
        started.require_free(resume=False, overwrite=False)
    with pytest.raises(UserError, match="already finished"):
        started.require_free(resume=True, overwrite=False)
    started.require_free(resume=False, overwrite=True)


def test_foreign_files_are_never_touched(tmp_path):
    (tmp_path / "thesis.tex").write_text("dear")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="no training run"):
            RunFolder(tmp_path).require_free(resume=False, overwrite=overwrite)


def test_a_recipe_alone_is_not_a_run(tmp_path):
    (tmp_path / "recipe.yaml").write_text("dataset: trec\n")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="no training run"):
            RunFolder(tmp_path).require_free(resume=False, overwrite=overwrite)


@pytest.mark.parametrize("foreign", ["logs/notes.txt", "logs/train/me.csv"])
def test_logs_with_files_of_the_user_are_kept(started, foreign):
    ours = started.logs / "train" / "events.out.tfevents.17.host.3.0.v2"
    ours.parent.mkdir(parents=True)
    ours.write_text("")
    started.require_free(resume=False, overwrite=True)
    path = started.path / foreign
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    started.require_free(resume=True, overwrite=False)
    with pytest.raises(UserError, match=f"{foreign} was not written by"):
        started.require_free(resume=False, overwrite=True)


def test_a_run_resumes_only_with_the_same_data(started):
    started.data.write_text("a1")
    started.require_data("a1")
    with pytest.raises(UserError, match="data has changed.*--overwrite"):
        started.require_data("b2")


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(UserError, match="is a file"):
        RunFolder(tmp_path / "run").require_free(resume=False, overwrite=True)


def test_a_folder_that_cannot_be_written_is_refused_at_once(
    tmp_path, monkeypatch
):
    def refuse(dir):
        assert dir == tmp_path  # the nearest folder that is there
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    run = RunFolder(tmp_path / "new" / "run")
    with pytest.raises(UserError, match="new/run cannot be written.*Read-only"):
        run.require_free(resume=False, overwrite=False)


def test_nothing_to_resume(tmp_path):
    with pytest.raises(UserError, match="no run to resume"):
        RunFolder(tmp_path / "new").require_free(resume=True, overwrite=False)


def test_clearing_leaves_what_is_not_ours(started):
    (started.path / "notes.txt").write_text("mine")
    started.model.write_text("")
    started.history.write_text("")
    started.clear()
    assert [p.name for p in started.path.iterdir()] == ["notes.txt"]


def test_the_result_ends_the_run(started):
    started.write_result({"dataset": "ÄÖ"})
    text = started.result.read_text(encoding="utf-8")
    assert json.loads(text) == {"dataset": "ÄÖ"}
    assert not started.unfinished.exists()
