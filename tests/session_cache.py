"""Expensive folders that all processes of one pytest run share."""

import fcntl
import os
import shutil
import traceback


def shared_folder(tmp_path_factory, name, build):
    """Build a folder once per pytest run, however many processes it has.

    The first test that needs the folder builds it while all others wait. Tests
    must not change the folder; a test that writes works on a copy. Wrap the
    call in a session fixture:

        @pytest.fixture(scope="session")
        def trained(tmp_path_factory):
            return shared_folder(tmp_path_factory, "trained", train_a_run)

    Args:
        tmp_path_factory: pytest's fixture of this name.
        name: String, the folder's name. One name means one content.
        build: Function called with the path of the new, empty folder.

    Returns:
        The `Path` of the finished folder.

    Raises:
        RuntimeError: `build` failed in another process of this run. The
            message contains the original traceback. In the process that
            called `build`, its own exception is raised, and later calls there
            get the `RuntimeError` too.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # each worker has a folder of its own below it
    shared = base / "shared"
    shared.mkdir(exist_ok=True)
    folder = shared / name
    finished = shared / f"{name}.finished"
    failed = shared / f"{name}.failed"
    with open(shared / f"{name}.lock", "w") as lock:
        # Released by the system if this process is killed: the next one finds
        # neither mark, and starts again.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            raise RuntimeError(
                f"The shared folder {name!r} could not be built:\n"
                + failed.read_text()
            )
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                build(folder)
            except BaseException as error:
                shutil.rmtree(folder, ignore_errors=True)
                # A skip or a stopped run is not a failure of the build.
                if isinstance(error, Exception):
                    failed.write_text(traceback.format_exc())
                raise
            finished.touch()
    return folder
