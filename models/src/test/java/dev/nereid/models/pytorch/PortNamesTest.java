package dev.nereid.models.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.models.ModelFormatException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortNamesTest {
    private static final List<String> ARGUMENTS = List.of("ids", "mask", "types");

    @Test
    void namesOfArgumentsMayComeInAnyOrderAndNumber() {
        assertThat(PortNames.of(List.of("types", "ids"), ARGUMENTS, "input")).isEqualTo(ARGUMENTS);
        assertThat(PortNames.of(List.of(), ARGUMENTS, "input")).isEqualTo(ARGUMENTS);
    }

    @Test
    void anIndexBehindTwoUnderscoresIsAPlace() {
        assertThat(PortNames.of(List.of("B__1", "A__0"), ARGUMENTS, "input")).containsExactly("A__0", "B__1", "types");
    }

    @Test
    void otherNamesAreInTheArgumentsOrder() {
        assertThat(PortNames.of(List.of("a", "b__1"), ARGUMENTS, "input")).containsExactly("a", "b__1", "types");
    }

    @Test
    void aPlaceThatIsNotThereOrComesTwiceIsRefused() {
        refused(List.of("A__0", "B__3"), "the config's input 'B__3' has the index 3: the model has 3 inputs");
        refused(List.of("A__1", "B__1"), "the config's input 'B__1' is the second of index 1");
        refused(List.of("a", "b", "c", "d"), "the config's input 'd' has the index 3");
        refused(List.of("types", "b"), "two inputs are called 'types'");
    }

    private static void refused(List<String> configured, String message) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> PortNames.of(configured, ARGUMENTS, "input"))
                .withMessageContaining(message);
    }
}
