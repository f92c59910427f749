"""Sliding-window screening in PyTorch: descriptor, condition and conditional Gaussian. Arguments: folder, threads, batch."""
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

from network import feature_map, load
from protocol import serve

folder, threads, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
shape, size, overlap, sigma, range_ = [int(n) for n in sys.argv[4].split('x')], int(sys.argv[5]), float(sys.argv[6]), float(sys.argv[7]), 8.0
torch.set_num_threads(threads)
descriptor, condition, density = (load(folder, name) for name in ('descriptor', 'condition', 'density'))
volume = torch.from_numpy(np.fromfile(folder + '/volume.bin', '<f4').reshape(shape))


def starts(length):
    stride = int(size * (1 - overlap))
    return [min(i * stride, length - size) for i in range((length - size + stride - 1) // stride + 1)]


def column(x):
    return x.view(1, -1, 1, 1, 1)


def score(windows):
    y = F.interpolate(feature_map(windows, descriptor, 2), scale_factor=2, mode='trilinear', align_corners=False)
    c = F.interpolate(feature_map(torch.cat([windows, torch.ones_like(windows)], 1), condition, 2), scale_factor=2, mode='trilinear', align_corners=False)
    y, c = F.avg_pool3d(y, 2), F.avg_pool3d(c, 2)
    x = (c - column(density['condition_mean'])) * column(density['condition_scale'])
    layer = 0
    while f'layers.{layer}.weight' in density:
        x = F.conv3d(F.pad(F.silu(x) if layer else x, (1,) * 6, mode='replicate'), density[f'layers.{layer}.weight'], density[f'layers.{layer}.bias'])
        layer += 1
    mean, raw = x.chunk(2, 1)
    log_variance = range_ * torch.tanh(raw / range_)
    z = (y - column(density['feature_mean'])) * torch.exp(-column(density['feature_log_scale']))
    twice = ((z - mean) ** 2 * torch.exp(-log_variance) + log_variance).sum(1, keepdim=True)
    twice = twice + 2 * density['feature_log_scale'].sum() + y.shape[1] * math.log(2 * math.pi)
    return F.interpolate(twice / 2, size=windows.shape[2:], mode='trilinear', align_corners=False)[:, 0]


@torch.inference_mode()
def screen():
    axis = torch.exp(-0.5 * ((torch.arange(size, dtype=torch.float64) - (size - 1) / 2) / (sigma * size)) ** 2)
    weights = (axis.view(-1, 1, 1) * axis.view(1, -1, 1) * axis).float().clamp_min(1e-3)
    total, weight = torch.zeros(shape), torch.zeros(shape)
    places = [(d, h, w) for d in starts(shape[0]) for h in starts(shape[1]) for w in starts(shape[2])]
    for first in range(0, len(places), batch):
        part = places[first:first + batch]
        windows = torch.stack([volume[d:d + size, h:h + size, w:w + size] for d, h, w in part]).unsqueeze(1)
        for (d, h, w), scores in zip(part, score(windows)):
            total[d:d + size, h:h + size, w:w + size] += scores * weights
            weight[d:d + size, h:h + size, w:w + size] += weights
    global result
    result = total / weight
    return {'windows': len(places)}


serve({'run': screen, 'save': lambda: result.numpy().tofile(folder + '/map.bin'), 'version': lambda: {'version': 'torch ' + torch.__version__}})
