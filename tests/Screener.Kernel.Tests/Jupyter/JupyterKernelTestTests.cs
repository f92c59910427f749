namespace Screener.Kernel.Tests.Jupyter;

/// <summary>The suite that Jupyter's own developers test kernels with.</summary>
public sealed class JupyterKernelTestTests
{
    private const string Suite = """"
        import inspect, unittest, jupyter_kernel_test

        class Patient(jupyter_kernel_test.KernelTests):
            # The suite gives a kernel 0.1 s and takes what is late for an answer to its next question: both fail on a busy machine.
            patience, asked = 300, None

            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                get, execute = cls.kc.iopub_channel.get_msg, cls.kc.execute
                shell = cls.kc.shell_channel.get_msg

                def ask(*arguments, **options):
                    cls.asked = execute(*arguments, **options)
                    return cls.asked

                async def published(timeout=None):
                    while True:
                        message = get(timeout=cls.patience)
                        message = await message if inspect.isawaitable(message) else message
                        if cls.patience == 0.1 or message["parent_header"].get("msg_id") == cls.asked:
                            return message

                cls.kc.execute, cls.kc.iopub_channel.get_msg = ask, published
                cls.kc.shell_channel.get_msg = lambda timeout=None: shell(timeout=cls.patience)

            def flush_channels(self):
                type(self).patience = 0.1
                super().flush_channels()
                type(self).patience = 300

        class CSharp(Patient):
            kernel_name = "screener-csharp"
            language_name = "C#"
            file_extension = ".cs"
            code_hello_world = 'Console.WriteLine("hello, world");'
            code_stderr = 'Console.Error.WriteLine("oh");'
            completion_samples = [{"text": "Console.WriteL", "matches": {"WriteLine"}}]
            complete_code_samples = ["1", "var a = 1;", "if (true) { }"]
            incomplete_code_samples = ["if (true) {", "var a = (", "class C {"]
            invalid_code_samples = ["}", "1 = = 2;"]
            code_generate_error = 'throw new Exception("on purpose");'
            code_execute_result = [
                {"code": "1 + 1", "mime": "text/html"},
                {"code": '"a" + "b"', "result": "ab", "mime": "text/plain"},
                {"code": "2 + 2", "mime": "text/html"}]
            code_display_data = [
                {"code": 'display(HTML("<b>x</b>"));', "mime": "text/html"},
                {"code": 'new[] { 1, 2 }.Display();', "mime": "text/html"}]
            code_history_pattern = "1?+*"
            supported_history_operations = ("tail", "range", "search")
            code_inspect_sample = "Console.WriteLine"

        unittest.main(defaultTest="CSharp")
        """";

    [Fact]
    public async Task TheSuitePasses()
    {
        using var jupyter = new JupyterFolder("jupyter_kernel_test");
        string report = await jupyter.RunAsync("-c", Suite, "-v");
        Assert.Contains("\nOK", report, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper!.WriteLine(report);

        // Only what a kernel of this language does not have: a pager, and clearing of outputs.
        Assert.Contains("skipped=2", report, StringComparison.Ordinal);
    }
}
