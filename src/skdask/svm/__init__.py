"""Linear support vector machines in a few passes, whichever their loss."""

from skdask.svm.linear_svc import LinearSVC
from skdask.svm.linear_svr import LinearSVR

__all__ = ["LinearSVC", "LinearSVR"]
