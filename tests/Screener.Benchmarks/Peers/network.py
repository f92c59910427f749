"""The descriptor network as PyTorch users write it: concatenation, layer scale, maps at the finest level's resolution."""
import json

import numpy as np
import torch
import torch.nn.functional as F


def load(folder, name):
    """Tensors by name: NAME.json lists [name, shape], NAME.bin holds their float32 values one after the other."""
    values, at, tensors = np.fromfile(f'{folder}/{name}.bin', '<f4'), 0, {}
    for key, shape in json.load(open(f'{folder}/{name}.json')):
        count = int(np.prod(shape))
        tensors[key] = torch.from_numpy(values[at:at + count].reshape(shape).copy())
        at += count
    assert at == values.size
    return tensors


def activated(x, p, name):
    groups = min(x.shape[1] // 4, 32)
    return F.silu(F.group_norm(x, groups, p[name + '.weight'], p[name + '.bias'], 1e-5))


def stage(x, p, name):
    i = 0
    while f'{name}.blocks.{i}.conv1.weight' in p:
        b = f'{name}.blocks.{i}'
        y = F.conv3d(activated(x, p, b + '.norm1'), p[b + '.conv1.weight'], p[b + '.conv1.bias'], padding=1)
        y = F.conv3d(activated(y, p, b + '.norm2'), p[b + '.conv2.weight'], p[b + '.conv2.bias'], padding=1)
        x = x + y * p[b + '.layer_scale'].view(1, -1, 1, 1, 1)
        i += 1
    return x


def feature_map(x, p, stride):
    """[N, C, D, H, W], sizes divisible by 16, to the finest level's [N, d, D / stride, H / stride, W / stride]."""
    u, levels = 'network.unet.', 0
    while f'network.head.levels.{levels}.weight' in p:
        levels += 1
    x = F.conv3d(x, p[u + 'stem.weight'], p[u + 'stem.bias'], stride=stride, padding=1)
    maps = []
    for level in range(levels):
        if level > 0:
            x = F.conv3d(x, p[f'{u}downs.{level - 1}.weight'], p[f'{u}downs.{level - 1}.bias'], stride=2)
        x = stage(x, p, f'{u}down_stages.{level}')
        maps.append(x)
    for level in reversed(range(levels - 1)):
        up = F.interpolate(maps[level + 1], scale_factor=2, mode='nearest')
        x = F.conv3d(torch.cat([maps[level], up], 1), p[f'{u}merges.{level}.weight'], p[f'{u}merges.{level}.bias'])
        maps[level] = stage(x, p, f'{u}up_stages.{level}')
    y = F.conv3d(maps[-1], p[f'network.head.levels.{levels - 1}.weight'])
    for level in reversed(range(levels - 1)):
        up = F.interpolate(y, scale_factor=2, mode='trilinear', align_corners=False)
        y = up + F.conv3d(maps[level], p[f'network.head.levels.{level}.weight'], p['network.head.levels.0.bias'] if level == 0 else None)
    return y
