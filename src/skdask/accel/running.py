"""Running a program as `python` itself would: the same `__main__`, arguments, path and ending.

`runpy` runs scripts too, but leaves its frames in tracebacks and puts back the `__main__` module,
which pickles and subprocesses look at. So scripts are compiled and run here; modules and folders
are left to it.
"""

from __future__ import annotations

import builtins
import io
import os
import runpy
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import Any

_OURS = (__file__, runpy.__file__, "<frozen runpy>")


@dataclass(frozen=True)
class Program:
    """What is to be run.

    Attributes
    ----------
    kind : "script", "module" or "code"
    what : str
        A path (or - for standard input), a module's name, or source.
    arguments : sequence of str
    """

    kind: str
    what: str
    arguments: Sequence[str]

    def run(self) -> None:
        """Run it; what it raises ends the process as it would end Python."""
        try:
            self._run()
        except SystemExit:
            raise
        except BaseException as error:
            _end(error)

    def _run(self) -> None:
        if self.kind == "module":
            sys.argv[:] = [self.what, *self.arguments]
            self._run_module()
        elif self.kind == "code":
            sys.argv[:] = ["-c", *self.arguments]
            _set_path("")
            _execute(compile(self.what, "<string>", "exec", dont_inherit=True))
        elif self.what == "-":
            sys.argv[:] = ["-", *self.arguments]
            _set_path("")
            _execute(compile(sys.stdin.read(), "<stdin>", "exec", dont_inherit=True))
        else:
            sys.argv[:] = [self.what, *self.arguments]
            self._run_path()

    def _run_module(self) -> None:
        try:
            runpy.run_module(self.what, run_name="__main__", alter_sys=True)
        except ImportError as error:
            if _of_the_program(error.__traceback__) is None:
                sys.exit(f"{sys.executable}: {error}")
            raise

    def _run_path(self) -> None:
        path = os.path.abspath(self.what)
        if os.path.isdir(path) or path.endswith((".zip", ".pyz", ".pyc")):
            # these find their code, and their place on the path, themselves
            runpy.run_path(self.what, run_name="__main__")
            return
        try:
            with io.open_code(path) as file:
                source = file.read()
        except OSError as error:
            print(
                f"{sys.executable}: can't open file {path!r}: [Errno {error.errno}] "
                f"{error.strerror}",
                file=sys.stderr,
            )
            sys.exit(2)
        _set_path(os.path.dirname(os.path.realpath(path)))
        _execute(compile(source, path, "exec", dont_inherit=True), path)


def _set_path(folder: str) -> None:
    """What Python puts first into the path, in the place of what it put there for us."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


def _execute(code: CodeType, path: str | None = None) -> None:
    module: Any = ModuleType("__main__")
    module.__builtins__ = builtins
    if sys.version_info < (3, 14):
        module.__annotations__ = {}
    if path is not None:
        module.__file__, module.__cached__ = path, None
        module.__loader__ = SourceFileLoader("__main__", path)
    sys.modules["__main__"] = module
    exec(code, vars(module))


def _of_the_program(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from the first frame on that is neither ours nor runpy's."""
    while trace is not None and trace.tb_frame.f_code.co_filename in _OURS:
        trace = trace.tb_next
    return trace


def _end(error: BaseException) -> None:
    """Show an error as Python shows what nobody caught, and end as it does then."""
    trace = _of_the_program(error.__traceback__)
    error.__traceback__ = trace
    sys.excepthook(type(error), error, trace)
    if isinstance(error, KeyboardInterrupt):
        # Python then ends by the signal, after all that runs at exit; it has been shown already
        sys.excepthook = _say_nothing
        raise error
    sys.exit(1)


def _say_nothing(*_: Any) -> None:
    pass
