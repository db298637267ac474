package dev.nereid.models.pytorch.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.pytorch.archive.PickleBytes;
import dev.nereid.models.pytorch.archive.PickleBytes.Tuple;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the language has, in models of a few lines: forward takes a vector of 3 floats of which the length is not declared. */
class ScriptLanguageTest {
    @Test
    void listsTuplesAndDictsAreComputedWhenTheModelIsLoaded() {
        assertThat(run("""
                    a = [x, torch.add(x, 1)]
                    _0 = torch.append(a, torch.mul(x, 2))
                    b, c, = (a[2], a[-3])
                    d = {"k": torch.add(b, c)}
                    return torch.add(d["k"], torch.len(a))
                """)).containsExactly(6, 9, 0);
    }

    @Test
    void branchesThatAreKnownAreTaken() {
        assertThat(run("""
                    if self.training:
                      y = torch.no_such_operator(x)
                    else:
                      if torch.ne(torch.dim(x), 1):
                        ops.prim.RaiseException("no vector")
                      else:
                        pass
                      y = torch.add(x, 1)
                    return y
                """)).containsExactly(2, 3, 0);
    }

    @Test
    void dataDecideABranch() {
        String code = """
                    if bool(torch.gt(torch.sum(x), %s)):
                      y = torch.add(x, 1)
                    else:
                      y = torch.mul(x, 2)
                    return y
                """;
        assertThat(run(code.formatted("1.5"))).containsExactly(2, 3, 0);
        assertThat(run(code.formatted("2.5"))).containsExactly(2, 4, -2);
    }

    @Test
    void aBranchThatOnlyRaisesIsRefusedWhereItIsTakenAndLeftOutWhereDataDecide() {
        String code = """
                    if %s:
                      ops.prim.RaiseException("none of that")
                    else:
                      pass
                    return torch.add(x, 1)
                """;
        refused("raises an exception: none of that", code.formatted("torch.eq(torch.dim(x), 1)"));
        assertThat(run(code.formatted("torch.eq(torch.dim(x), 2)"))).containsExactly(2, 3, 0);
        assertThat(run(code.formatted("bool(torch.gt(torch.sum(x), 1.5))"))).containsExactly(2, 3, 0);
    }

    @Test
    void dataDecideAnEarlyReturn() {
        String code = """
                    if bool(torch.gt(torch.sum(x), %s)):
                      return torch.add(x, 1)
                    y = torch.mul(x, 2)
                    return y
                """;
        assertThat(run(code.formatted("1.5"))).containsExactly(2, 3, 0);
        assertThat(run(code.formatted("2.5"))).containsExactly(2, 4, -2);
    }

    @Test
    void loopsRunAsOftenAsTheirRangeOrListSays() {
        assertThat(run("""
                    y = x
                    for i in range(3):
                      y = torch.add(y, i)
                    for v in [x, x]:
                      y = torch.add(y, v)
                    return y
                """)).containsExactly(6, 9, 0);
    }

    @Test
    void shapesDecideHowOftenALoopRuns() {
        assertThat(run("""
                    y = x
                    for i in range(torch.size(x, 0)):
                      y = torch.add(y, torch.select(x, 0, i))
                    return y
                """)).containsExactly(3, 4, 1);
    }

    @Test
    void dataDecideHowOftenALoopRuns() {
        assertThat(run("""
                    y = x
                    while bool(torch.lt(torch.sum(y), 10)):
                      y = torch.mul(y, 2)
                    return y
                """)).containsExactly(8, 16, -8);
    }

    @Test
    void writingInPlaceIsSeenThroughTheWhole() {
        assertThat(run("""
                    y = torch.clone(x)
                    _0 = torch.add_(torch.slice(y, 0, 1, 3), 10)
                    return y
                """)).containsExactly(1, 12, 9);
    }

    @Test
    void noneIsAskedFor() {
        assertThat(run("""
                    z = annotate(Optional[Tensor], None)
                    if torch.__is__(z, None):
                      y = x
                    else:
                      y = unchecked_cast(Tensor, z)
                    return y
                """)).containsExactly(1, 2, -1);
    }

    @Test
    void whatIsNotKnownIsRefusedWithItsLine() {
        refused("code/__torch__.py:6 (__torch__.M.forward): ", "    y = torch.no_such_operator(x)\n    return y\n");
        refused("no_such_operator", "    y = torch.no_such_operator(x)\n    return y\n");
        refused("calls itself", "    return (self).forward(x, )\n");
        refused("raises an exception: no", "    ops.prim.RaiseException(\"no\")\n    return x\n");
        refused("expected a value", "    return =\n");
        refused("nested more than", "    return " + "(".repeat(1000) + "x" + ")".repeat(1000) + "\n");
    }

    @Test
    void aRefusalNamesTheLineOfTheModelsOwnCode() {
        String code = ScriptArchives.module("    y = torch.no_such_operator(x)\n    return y\n");
        long at = code.indexOf("torch.no_such");
        PickleBytes.Tuple scripted = range(at, List.of(0L, 1L), 2L, 40, 22);
        refusedAt(code, Tuple.of("FORMAT_WITH_STRING_TABLE", TEXTS, Tuple.of(none(0), scripted)), "net.py:41): ");
        PickleBytes.Tuple traced = range(at, List.of(3L, 4L), 5L, 99, 0);
        refusedAt(code, Tuple.of("FORMAT_WITH_STRING_TABLE", TEXTS, Tuple.of(traced)), "own.py:12): ");
        refusedAt(code, Tuple.of("FORMAT_WITH_STRING_TABLE", TEXTS, Tuple.of(Tuple.of(at, 7L))), "M.forward): ");
        refusedAt(code, "no lines", "M.forward): ");
    }

    private static final PickleBytes.Tuple TEXTS = Tuple.of(
            "def forward(self, x):\n",
            "  return odd(x)\n",
            "net.py",
            "/lib/torch/nn/functional.py(7): odd\n",
            "own.py(12): forward\n",
            "/lib/torch/nn/functional.py");

    private static PickleBytes.Tuple none(long at) {
        return range(at, List.of(), 0L, 0, 0);
    }

    private static PickleBytes.Tuple range(long at, List<Long> lines, long file, long first, long begin) {
        return Tuple.of(at, Tuple.of(Tuple.of(lines, file, first), begin, begin + 1), 0L);
    }

    private static void refusedAt(String code, Object lines, String message) {
        byte[] file = ScriptArchives.withOriginalLines(code, lines);
        TensorType type = TensorType.of(DataType.FP32, Shape.of(3));
        try (SlabPool memory = new SlabPool(1L << 20)) {
            assertThatExceptionOfType(ModelFormatException.class)
                    .isThrownBy(() -> ScriptArchives.load(file, List.of(new DeclaredPorts.Input("x", type)), memory))
                    .withMessageContaining(message)
                    .withMessageContaining("no_such_operator");
        }
    }

    @Test
    void aTensorThatIsAnnotatedAsANumberBecomesOne() {
        assertThat(run("""
                    n = torch.scalar_tensor(3, dtype=4)
                    y = torch.arange(annotate(number, n), dtype=6)
                    return torch.add(torch.mul(x, annotate(float, torch.sum(x))), y)
                """)).containsExactly(2, 5, 0);
    }

    @Test
    void aListThatHoldsItselfIsRefused() {
        refused("nests its lists", "    a = [x]\n    _0 = torch.append(a, a)\n    return torch.cat(a, 0)\n");
    }

    @Test
    void aModelThatWritesItsOwnTensorsIsRefused() {
        String message = "the model writes its tensor 'sum'";
        refused(message, "    _0 = torch.add_(self.sum, x)\n    return x\n");
        refused(message, "    self.sum = torch.add(self.sum, x)\n    return x\n");
        assertThat(run("    return torch.add(self.sum, x)\n")).containsExactly(1, 2, -1);
    }

    private static void refused(String message, String body) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> run(body))
                .withMessageContaining(message);
    }

    private static float[] run(String body) {
        try (Arena arena = Arena.ofConfined();
                SlabPool memory = new SlabPool(1L << 24);
                LoadedModel model = ScriptArchives.load(ScriptArchives.module(body), memory)) {
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, -1);
            try (RunResult result =
                    model.run(List.of(Tensor.of(DataType.FP32, Shape.of(3), segment)), Workers.single())) {
                Tensor output = result.outputs().getFirst();
                return output.segment().asSlice(0, output.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
            }
        }
    }
}
