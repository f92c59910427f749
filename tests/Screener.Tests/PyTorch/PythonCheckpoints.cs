using Screener.Tests.PyTorch;

[assembly: AssemblyFixture(typeof(PythonCheckpoints))]

namespace Screener.Tests.PyTorch;

/// <summary>
/// Files that Debian's PyTorch wrote: state dicts and Lightning-like checkpoints of networks with the names and shapes of the
/// published code, written here anew; what these networks make of random crops; and files that must be refused. Made when they are first
/// asked for.
/// </summary>
public sealed class PythonCheckpoints : IDisposable
{
    private const string Networks =
        """
        import math, os, sys, pickle, zipfile, numpy as np, torch, torch.nn as nn, torch.nn.functional as F
        folder = sys.argv[1]
        torch.manual_seed(2502)
        torch.set_num_threads(1)

        def raw(name, values):
            values.detach().float().contiguous().numpy().tofile(f'{folder}/{name}')

        def norm(c):
            return nn.GroupNorm(min(c // 4, 32), c)

        class Scale(nn.Module):
            def __init__(self, c):
                super().__init__()
                self.gamma = nn.Parameter(0.5 + torch.rand(c, 1, 1, 1))

        class Attention(nn.Module):
            def __init__(self, c):
                super().__init__()
                self.norm, self.qkv, self.proj, self.ls = norm(c), nn.Linear(c, 3 * c), nn.Linear(c, c), Scale(c)

        class Block(nn.Module):
            def __init__(self, c, e):
                super().__init__()
                self.norm_1, self.conv_1 = norm(c), nn.Conv3d(c, c, 3, padding=1)
                self.time_embed_proj = nn.Sequential(nn.SiLU(), nn.Linear(e, c))
                self.norm_2, self.conv_2, self.ls = norm(c), nn.Conv3d(c, c, 3, padding=1), Scale(c)

            def forward(self, x, t):
                y = self.conv_1(F.silu(self.norm_1(x))) + self.time_embed_proj(t).view(1, -1, 1, 1, 1)
                return x + self.ls.gamma * self.conv_2(F.silu(self.norm_2(y)))

        class Level(nn.Module):
            def __init__(self, c, depth, e, attends):
                super().__init__()
                self.res_blocks = nn.ModuleList(Block(c, e) for _ in range(depth))
                if attends:
                    self.attn_blocks = nn.ModuleList(Attention(c) for _ in range(depth - 1))

            def forward(self, x, t):
                for block in self.res_blocks:
                    x = block(x, t)
                return x

        class Time(nn.Module):
            def __init__(self, e):
                super().__init__()
                self.proj = nn.Sequential(nn.Linear(256, e), nn.SiLU(), nn.Linear(e, e))

            def forward(self):
                angles = torch.tensor([[1000.0]]) * torch.exp(torch.arange(128).float() * -math.log(10000) / 128)
                return self.proj(torch.cat([angles.cos(), angles.sin()], 1))

        class Net(nn.Module):
            def __init__(self, inputs, channels, depths, e):
                super().__init__()
                self.stem_conv, self.time_embed = nn.Conv3d(inputs, channels[0], 3, padding=1), Time(e)
                pairs = list(zip(channels, channels[1:]))
                self.encoder_stages = nn.ModuleList(Level(c, n, e, i > 3) for i, (c, n) in enumerate(zip(channels, depths)))
                self.down_convs = nn.ModuleList(nn.Conv3d(a, b, 2, 2) for a, b in pairs)
                self.fuse_convs = nn.ModuleList(nn.Conv3d(a + b, a, 1) for a, b in pairs)
                self.decoder_stages = nn.ModuleList(Level(a, n, e, i > 3) for i, ((a, _), n) in enumerate(zip(pairs, depths)))

        def fit(x, like):
            h, w, s = like.shape[2:]
            x = x[:, :, :h, :w, :s]
            return F.pad(x, (0, s - x.shape[4], 0, w - x.shape[3], 0, h - x.shape[2]), mode='replicate')

        class Features(nn.Module):
            def __init__(self, inputs, channels, depths, dim, e=16):
                super().__init__()
                self.unet = Net(inputs, channels, depths, e)
                self.convs = nn.ModuleList(nn.Conv3d(c, dim, 1) for c in channels)
                for name, p in self.named_parameters():
                    if p.ndim == 1:
                        p.data += 0.3 * torch.randn_like(p)

            def forward(self, x):
                u, t, maps = self.unet, self.unet.time_embed(), []
                x = u.stem_conv(x)
                for i, level in enumerate(u.encoder_stages):
                    maps.append(x := level(u.down_convs[i - 1](x) if i else x, t))
                for i in reversed(range(len(maps) - 1)):
                    up = F.interpolate(maps[i + 1], scale_factor=2, mode='nearest')
                    maps[i] = u.decoder_stages[i](u.fuse_convs[i](torch.cat([fit(up, maps[i]), maps[i]], 1)), t)
                y = self.convs[-1](maps[-1])
                for conv, x in list(zip(self.convs, maps))[-2::-1]:
                    y = fit(F.interpolate(y, scale_factor=2, mode='trilinear'), x) + conv(x)
                return y

        class ActNorm(nn.Module):
            def __init__(self, c):
                super().__init__()
                self.loc, self.log_scale = nn.Parameter(torch.randn(c)), nn.Parameter(0.3 * torch.randn(c))
                self.register_buffer('initialized', torch.tensor(1, dtype=torch.uint8))

        class Mixing(nn.Module):
            def __init__(self, c):
                super().__init__()
                self.weight = nn.Parameter((torch.linalg.qr(torch.randn(c, c))[0] + 0.1 * torch.randn(c, c)).view(c, c, 1, 1, 1))

        class Coupling(nn.Module):
            def __init__(self, c, hidden):
                super().__init__()
                self.mlp = nn.Sequential(
                    nn.Conv3d(c // 2, hidden, 1), nn.ReLU(), nn.Conv3d(hidden, hidden, 1), nn.ReLU(),
                    nn.Conv3d(hidden, 2 * (c - c // 2), 1))

        class Step(nn.Module):
            def __init__(self, c, hidden):
                super().__init__()
                self.actnorm, self.inv_linear, self.affine_coupling = ActNorm(c), Mixing(c), Coupling(c, hidden)

            def forward(self, x):
                a, w = self.actnorm, self.inv_linear.weight
                x = F.conv3d((x + a.loc.view(1, -1, 1, 1, 1)) * a.log_scale.exp().view(1, -1, 1, 1, 1), w)
                kept = x[:, :x.shape[1] // 2]
                logit, shift = self.affine_coupling.mlp(kept).chunk(2, 1)
                x = torch.cat([kept, (x[:, kept.shape[1]:] + shift) * torch.sigmoid(logit + 2)], 1)
                return x, a.log_scale.sum() + torch.slogdet(w.flatten(1).double())[1].float() + F.logsigmoid(logit + 2).sum(1)

        class Flow(nn.Module):
            def __init__(self, descriptor, c, hidden, blocks):
                super().__init__()
                self.descriptor_model = descriptor
                self.glow_blocks = nn.ModuleList(Step(c, hidden) for _ in range(blocks))

            def forward(self, image, pool):
                x = F.avg_pool3d(self.descriptor_model(image), pool)
                raw('glow.features', x)
                total = 0
                for block in self.glow_blocks:
                    x, log = block(x)
                    total = total + log
                return x.pow(2).sum(1) / 2 + x.shape[1] / 2 * math.log(2 * math.pi) - total
        """;

    private const string Files =
        """
        def lightning(module, name, used, schedule=lambda o: torch.optim.lr_scheduler.StepLR(o, 3)):
            optimizer = torch.optim.AdamW(module.parameters())
            schedule = schedule(optimizer)
            used.sum().backward()
            optimizer.step()
            state = module.state_dict()
            torch.save({'epoch': 3, 'global_step': 1200, 'pytorch-lightning_version': '2.0.1', 'state_dict': state,
                'loops': {'fit_loop': {'done': True, 'n': None}},
                'callbacks': {"ModelCheckpoint{'monitor': None}": {
                    'best_model_score': torch.tensor(1.5), 'best_k_models': {}, 'kth_value': torch.tensor(float('inf')),
                    'dirpath': '/x', 'pair': (1, -2, 3 << 70)}},
                'optimizer_states': [optimizer.state_dict()], 'lr_schedulers': [schedule.state_dict()], 'hparams_name': 'kwargs',
                'hyper_parameters': {'lr': 3e-4, 'crop_size': [96, 96, 64], 'name': 'ct'}}, f'{folder}/{name}')

        # Six levels, so that there are attention blocks; sizes that no power of two divides.
        deep = Features(1, (4, 4, 8, 8, 8, 8), (1, 1, 1, 2, 3, 2), 5)
        image = torch.rand(1, 1, 37, 34, 41)
        torch.save(deep.state_dict(), f'{folder}/descriptor.pt')
        torch.save({k: v.bfloat16() if 'conv_2' in k else v.half() for k, v in deep.state_dict().items()}, f'{folder}/half.pt')
        raw('descriptor.image', image)
        with torch.no_grad():
            raw('descriptor.map', deep(image))

        class Training(nn.Module):
            def __init__(self):
                super().__init__()
                self.condition_model = Features(2, (4, 8, 12), (1, 2, 1), 6)
                self.projector = nn.Sequential(nn.Linear(6, 32), nn.GroupNorm(32, 32), nn.SiLU(), nn.Linear(32, 32, bias=False))

        training = Training()
        image, mask = torch.rand(2, 1, 9, 12, 10), (torch.rand(2, 1, 9, 12, 10) > 0.4).float()
        lightning(training, 'condition.ckpt', training.condition_model(torch.cat([image * mask, mask], 1)))
        raw('condition.image', image)
        raw('condition.mask', mask)
        with torch.no_grad():
            raw('condition.map', training.condition_model(torch.cat([image * mask, mask], 1)))

        lightning(training, 'onecycle.ckpt', training.condition_model(torch.cat([image * mask, mask], 1)),
            lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 1e-3, 10))
        torch.save(training.state_dict(), f'{folder}/onecycle.pt')

        flow = Flow(Features(1, (4, 8), (1, 1), 5), 5, 7, 3)
        image = torch.rand(2, 1, 12, 9, 8)
        lightning(flow, 'glow.ckpt', flow(image, (3, 3, 2)))
        raw('glow.image', image)
        with torch.no_grad():
            raw('glow.score', flow(image, (3, 3, 2)))

        state = deep.state_dict()
        changed = {**state, 'convs.6.weight': torch.zeros(1), 'unet.extra': torch.zeros(1), 'epoch': 3, 'convs.2.bias': torch.zeros(6),
            'unet.encoder_stages.4.attn_blocks.0.qkv.bias': torch.zeros(4), 'unet.stem_conv.weight': torch.zeros(4, 1, 3, 3)}
        del changed['unet.decoder_stages.1.res_blocks.0.conv_1.bias'], changed['unet.encoder_stages.3.res_blocks.1.time_embed_proj.1.bias']
        torch.save(changed, f'{folder}/changed.pt')
        torch.save({**state, 'unet.stem_conv.bias': torch.tensor([1.0, float('nan'), 0, 0])}, f'{folder}/nan.pt')
        flow.glow_blocks[1].actnorm.initialized.fill_(0)
        torch.save(flow.state_dict(), f'{folder}/fresh.pt')

        def save(name, *parts):
            torch.save({prefix + k: v for prefix, values in parts for k, v in values.items()}, f'{folder}/{name}')

        wide, two = Features(1, (4, 8), (1, 1), 9).state_dict(), Features(2, (4,), (1,), 3).state_dict()
        save('wide.pt', ('', wide))
        save('odd.pt', ('', {**wide, 'unet.encoder_stages.1.res_blocks.0.norm_1.weight': torch.zeros(9)}))
        save('parallel.pt', ('module.', wide))
        save('compiled.pt', ('descriptor_model._orig_mod.', wide))
        save('several.pt', ('a.', two), ('b.', wide))
        save('plain.pt', ('', {k: v for k, v in wide.items() if 'time_embed' not in k}))
        one = torch.zeros(16 * 256)
        save('shared.pt', ('', {k: one[:v.numel()].view(v.shape) for k, v in wide.items()}))
        both = ('condition_model.', two), ('descriptor_model.', wide)
        torch.save({'state_dict': {p + k: v for p, values in both for k, v in values.items()}}, f'{folder}/both.ckpt')

        values = torch.randn(4, 6, 5) * 100
        types = {t: values.to(getattr(torch, t)) for t in ('float32', 'float64', 'float16', 'bfloat16', 'int8', 'int16', 'int32', 'int64')}
        types['uint8'], types['bool'] = values.abs().byte(), values > 0
        views = {'transposed': values.permute(2, 0, 1), 'part': values[1:3, ::2, 1:4], 'row': values[2, 3], 'number': values[1, 2, 3],
            'none': values[:0], 'turned': values.flip(1), 'wide': torch.tensor([2 ** 40, -3])}
        every = {**types, **views, 'parameter': nn.Parameter(values[0])}
        for name, v in every.items():
            raw('every.' + name, v)
        for protocol in (2, 3, 4, 5):
            torch.save(every, f'{folder}/every{protocol}.pt', pickle_protocol=protocol)

        torch.save({'a': values}, f'{folder}/old.pt', _use_new_zipfile_serialization=False)
        torch.save(Scale(3), f'{folder}/module.pt')
        torch.save({'a': values.to(torch.complex64)}, f'{folder}/complex.pt')
        torch.save({'epoch': 3, 'model': {'a': values}}, f'{folder}/nested.pt')
        torch.save([values], f'{folder}/list.pt')
        torch.save({'a': values, 'b': {1, 2, 'x'}, 'c': b'bytes', 'd': torch.float16, 'e': torch.Size([2, 3]),
            'f': torch.device('cuda', 1)}, f'{folder}/harmless.pt')
        torch.jit.script(nn.Linear(2, 3)).save(f'{folder}/script.pt')

        class Evil:
            def __init__(self, call, *arguments):
                self.what = call, arguments

            def __reduce__(self):
                return self.what

        marker = f'{folder}/executed'
        import builtins, subprocess, shutil, operator, functools, importlib, runpy, webbrowser
        for i, evil in enumerate([
            Evil(os.system, f'touch {marker}'), Evil(eval, f"open('{marker}', 'w')"), Evil(exec, f"open('{marker}', 'w')"),
            Evil(subprocess.Popen, ['touch', marker]), Evil(open, marker, 'w'),
            Evil(getattr, 'os', 'system'), Evil(__import__, 'os'), Evil(importlib.import_module, 'os'), Evil(functools.partial, print),
            Evil(operator.attrgetter, 'system'), Evil(shutil.rmtree, marker), Evil(torch.load, marker), Evil(torch.hub.load, 'x', 'y'),
            Evil(torch.jit.load, marker), Evil(pickle.loads, b'.'), Evil(np.load, marker), Evil(runpy.run_path, marker),
            Evil(webbrowser.open, 'x'), Evil(torch.tensor, [1])]):
            torch.save({'a': values, 'state_dict': {'a': values, 'evil': evil}}, f'{folder}/evil{i}.pt')
            for place, state in {'beside': {'a': values}, 'in': {'a': values, 'others': [{'x': (1, {2: evil})}]},
                    'key': {'a': values, evil: 1}, 'as': evil}.items():
                torch.save({'callbacks': [{'x': evil, evil: 1}, (evil, 2)], 'state_dict': state}, f'{folder}/state-{place}{i}.pt')
        """;

    private readonly Lazy<TemporaryFolder> _folder = new(Make);

    /// <summary>Path of a file; skips the test where PyTorch is absent.</summary>
    public string this[string name]
    {
        get
        {
            PythonOracle.Require("torch", "numpy");
            return _folder.Value[name];
        }
    }

    /// <summary>The files whose names start with <paramref name="start"/>.</summary>
    public string[] All(string start) =>
        [.. Directory.GetFiles(Path.GetDirectoryName(this["x"])!, start + "*").Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        if (_folder.IsValueCreated)
            _folder.Value.Dispose();
    }

    private static TemporaryFolder Make()
    {
        var folder = new TemporaryFolder();
        PythonOracle.Run(["torch", "numpy"], Networks + "\n" + Files, folder.FullName);
        return folder;
    }
}
