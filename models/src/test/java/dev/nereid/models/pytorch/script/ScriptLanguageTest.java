package dev.nereid.models.pytorch.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.RunResult;
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
