"""A zip of DICOM slices to prepared intensities with pydicom, scipy and scikit-image. Arguments: folder, zip."""
import io
import sys
import warnings
import zipfile

import numpy as np
import pydicom
import scipy
import skimage
from scipy import ndimage
from skimage.exposure import equalize_adapthist

from protocol import serve

warnings.simplefilter('ignore')
folder, path = sys.argv[1:3]
target = np.array([2.25, 1.5, 1.5])


def read():
    with zipfile.ZipFile(path) as archive:
        slices = [pydicom.dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist() if not name.endswith('/')]
    slices = [s for s in slices if 'PixelData' in s and s.Modality == 'CT']
    slices.sort(key=lambda s: float(s.ImagePositionPatient[2]))
    volume = np.stack([s.pixel_array * np.float32(s.RescaleSlope) + np.float32(s.RescaleIntercept) for s in slices]).astype(np.float32)
    gap = float(slices[1].ImagePositionPatient[2]) - float(slices[0].ImagePositionPatient[2])

    # Axial slices run to the patient's left and back; the prepared volume runs to the right and front.
    return volume[:, ::-1, ::-1], np.array([gap, *map(float, slices[0].PixelSpacing)])


def cropped(volume, spacing):
    edge, low = np.maximum(1, np.round(5 / spacing).astype(int)), volume
    for axis in range(3):
        low = np.minimum.reduceat(low, np.arange(0, low.shape[axis], edge[axis]), axis=axis)
    dense = np.argwhere(low > -500)
    start, stop = dense.min(0) * edge, np.minimum((dense.max(0) + 1) * edge, volume.shape)
    return volume[tuple(slice(a, b) for a, b in zip(start, stop))]


def prepare():
    global result
    volume, spacing = read()
    volume, ratio = cropped(volume, spacing), spacing / target
    volume = ndimage.zoom(volume, (1, ratio[1], ratio[2]), order=1, mode='nearest', grid_mode=True)
    volume = ndimage.zoom(volume, (ratio[0], 1, 1), order=1, mode='nearest', grid_mode=True)
    result = equalize_adapthist((np.clip(volume, -1000, 300) + 1000) / 1300)
    return {'shape': 'x'.join(map(str, result.shape))}


serve({
    'run': prepare,
    'save': lambda: result.astype('<f4').tofile(folder + '/prepared.bin'),
    'version': lambda: {'version': f'pydicom {pydicom.__version__}, scipy {scipy.__version__}, skimage {skimage.__version__}'},
})
