"""Principal components and a discriminant's projection of the iris, drawn."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

iris = datasets.load_iris()
X, y, names = iris.data, iris.target, iris.target_names
pca = PCA(n_components=2)
projected = pca.fit(X).transform(X)
discriminant = LinearDiscriminantAnalysis(n_components=2)
separated = discriminant.fit(X, y).transform(X)
print("explained variance ratio", pca.explained_variance_ratio_)
print(projected[:3].round(6), separated[:3].round(6))
for points in (projected, separated):
    figure, axes = plt.subplots()
    for value, name in enumerate(names):
        axes.scatter(points[y == value, 0], points[y == value, 1], label=name)
    axes.legend(loc="best")
    print(len(axes.collections), [text.get_text() for text in axes.get_legend().get_texts()])
