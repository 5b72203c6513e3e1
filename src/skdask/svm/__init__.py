"""Linear support vector machines: squared losses by Newton's method over passes."""

from skdask.svm.linear_svc import LinearSVC
from skdask.svm.linear_svr import LinearSVR

__all__ = ["LinearSVC", "LinearSVR"]
