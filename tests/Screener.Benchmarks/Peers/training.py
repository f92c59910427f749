"""A training step in PyTorch: dense VICReg, clipping, AdamW. Arguments: folder, threads, crops, edge, positions, rate, decay, epsilon, steps."""
import sys

import numpy as np
import torch
import torch.nn.functional as F

from network import feature_map, load
from protocol import serve

folder, threads, crops, edge, positions = sys.argv[1], *map(int, sys.argv[2:6])
rate, decay, epsilon, steps = float(sys.argv[6]), float(sys.argv[7]), float(sys.argv[8]), int(sys.argv[9])
torch.set_num_threads(threads)
model, projector = load(folder, 'model'), load(folder, 'projector')
parameters = [v.requires_grad_() for v in (*model.values(), *projector.values())]
optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, eps=epsilon)
images = torch.from_numpy(np.fromfile(folder + '/images.bin', '<f4').reshape(crops, 1, edge, edge, edge))
at = torch.from_numpy(np.fromfile(folder + '/positions.bin', '<f4').reshape(crops, positions, 3))


def sampled(features):
    last = features.shape[2] - 1
    grid = (((at + 0.5) / 2 - 0.5).clamp(0, last) * 2 / last - 1).flip(-1).view(crops, positions, 1, 1, 3)
    return F.grid_sample(features, grid, mode='bilinear', padding_mode='border', align_corners=True).view(crops, -1, positions).transpose(1, 2).flatten(0, 1)


def projected(x):
    for i in (1, 2):
        x = F.linear(x, projector[f'layer{i}.weight'], projector[f'layer{i}.bias'])
        x = F.silu(F.group_norm(x, 32, projector[f'norm{i}.weight'], projector[f'norm{i}.bias'], 1e-5))
    return F.linear(x, projector['layer3.weight'])


def spread(z):
    centred = z - z.mean(0)
    covariance = centred.t() @ centred / (len(z) - 1)
    variance = F.relu(1 - torch.sqrt(covariance.diagonal() + 1e-4)).mean()
    return variance, (covariance.square().sum() - covariance.diagonal().square().sum()) / z.shape[1]


def step():
    optimizer.zero_grad(set_to_none=True)
    z1, z2 = projected(sampled(feature_map(images, model, 2))).chunk(2)
    (v1, c1), (v2, c2) = spread(z1), spread(z2)
    loss = 25 * F.mse_loss(z1, z2) + 25 * (v1 + v2) / 2 + (c1 + c2) / 2
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return loss.item()


serve({'run': lambda: {'losses': [step() for _ in range(steps)]}, 'version': lambda: {'version': 'torch ' + torch.__version__}})
