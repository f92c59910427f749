namespace Screener.Kernel.Tests.Jupyter;

/// <summary>The suite that Jupyter's own developers test kernels with.</summary>
public sealed class JupyterKernelTestTests
{
    private const string Suite = """"
        import unittest, jupyter_kernel_test

        class CSharp(jupyter_kernel_test.KernelTests):
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

        unittest.main()
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
