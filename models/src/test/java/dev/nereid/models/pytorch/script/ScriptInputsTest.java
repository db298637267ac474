package dev.nereid.models.pytorch.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts.Input;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which argument of {@code forward} an input of a config is, and what datatype it has. */
class ScriptInputsTest {
    private static final TensorType REAL = TensorType.of(DataType.FP32, Shape.of(3));
    private static final TensorType WHOLE = TensorType.of(DataType.INT64, Shape.of(3));

    private static final String CODE = """
            class M(Module):
              __parameters__ = []
              training : bool
              sum : Tensor
              def forward(self: __torch__.M, x: Tensor, mask: Optional[Tensor]=None, ids: Optional[Tensor]=None) -> Tensor:
                y = x
                if torch.__isnot__(mask, None):
                  y = torch.mul(y, unchecked_cast(Tensor, mask))
                if torch.__isnot__(ids, None):
                  y = torch.index_select(y, 0, unchecked_cast(Tensor, ids))
                return y
            """;

    @Test
    void argumentsThatAConfigNamesMayComeInAnyOrder() {
        assertThat(inputs(new Input("ids", WHOLE), new Input("x", REAL))).containsExactly("x FP32", "ids INT64");
    }

    @Test
    void indexedNamesMayComeInAnyOrder() {
        assertThat(inputs(new Input("INPUT__2", WHOLE), new Input("INPUT__0", REAL), new Input("INPUT__1", REAL)))
                .containsExactly("INPUT__0 FP32", "INPUT__1 FP32", "INPUT__2 INT64");
    }

    @Test
    void otherNamesAreInTheOrderOfTheConfig() {
        assertThat(inputs(new Input("image", REAL), new Input("weight", REAL), new Input("order", WHOLE)))
                .containsExactly("image FP32", "weight FP32", "order INT64");
    }

    @Test
    void aConfigWithoutARequiredArgumentIsRefused() {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> inputs(new Input("mask", REAL), new Input("ids", WHOLE)))
                .withMessageContaining("the config has no input for 'x'");
    }

    private static List<String> inputs(Input... declared) {
        try (SlabPool memory = new SlabPool(1L << 24);
                LoadedModel model = ScriptArchives.load(CODE, List.of(declared), memory)) {
            return model.inputs().stream()
                    .map(port -> port.name() + " " + port.type().dataType())
                    .toList();
        }
    }
}
