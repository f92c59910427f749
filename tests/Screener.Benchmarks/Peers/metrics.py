"""Areas under curves with scikit-learn, numpy and scipy. Arguments: folder, shape, limit of the false-positive rate."""
import sys

import numpy as np
import sklearn
from scipy import ndimage
from sklearn.metrics import auc, roc_auc_score, roc_curve

from protocol import serve

folder, shape, limit = sys.argv[1], [int(n) for n in sys.argv[2].split('x')], float(sys.argv[3])
scores = np.fromfile(folder + '/scores.bin', '<f4')
lesions = np.fromfile(folder + '/lesions.bin', np.uint8)


def area(x, y):
    stop = np.searchsorted(x, limit, 'right')
    return np.trapz(np.append(y[:stop], np.interp(limit, x, y)), np.append(x[:stop], limit)) / limit


def regions(positive):
    """The exact AUPRO by one global sort: each lesion voxel counts 1 / (voxels of its lesion)."""
    labels, count = ndimage.label(lesions.reshape(shape), np.ones((3, 3, 3)))
    labels = labels.ravel()
    sizes = np.bincount(labels)
    weights = (1 / (count * sizes))[labels] * positive
    order = np.argsort(-scores, kind='stable')
    ranked = scores[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
    false = np.cumsum(~positive[order])[last]
    pro = np.cumsum(weights[order])[last]
    return area(np.append(0, false / false[-1]), np.append(0, pro))


def everything():
    positive = lesions != 0
    fpr, tpr, _ = roc_curve(positive, scores, drop_intermediate=False)
    return {'values': [float(auc(fpr, tpr)), float(area(fpr, tpr)), float(regions(positive))]}


serve({
    'auroc': lambda: {'values': [float(roc_auc_score(lesions, scores))]},
    'everything': everything,
    'version': lambda: {'version': 'scikit-learn ' + sklearn.__version__},
})
