package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.repository.folders.ModelId;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ModelNamesTest {
    private static final ModelId HERE = new ModelId("/here", "m");
    private static final ModelId THERE = new ModelId("/there", "m");
    private static final ModelId ENSEMBLE = new ModelId("/here", "e");

    private final ModelNames names = new ModelNames(true);

    private static void assertFails(Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferException.class, e -> {
            assertThat(e.text()).isEqualTo(text);
            assertThat(e.code()).isEqualTo(code);
        });
    }

    @Test
    void findsTheOnlyModelOfANameInWhateverNamespaceItIs() {
        names.add(THERE);
        names.add(new ModelId("/here", "other"));
        assertThat(names.find("m")).isEqualTo(THERE);
        assertThat(names.only("m")).contains(THERE);
        assertThat(names.all("m")).containsExactly(THERE);
    }

    @Test
    void refusesANameThatSeveralModelsHave() {
        names.add(THERE);
        names.add(HERE);
        names.add(HERE);
        assertFails(
                Code.INVALID_ARG,
                "There are 2 identifiers of model 'm' in global map, model namespace must be provided to resolve "
                        + "ambiguity.",
                () -> names.find("m"));
        assertThat(names.only("m")).isEmpty();
        assertThat(names.all("m")).containsExactly(HERE, THERE);
        names.remove(HERE);
        assertThat(names.find("m")).isEqualTo(THERE);
    }

    @Test
    void tellsANameThatNeverHadAModelFromOneWhoseModelsHaveGone() {
        names.add(HERE);
        names.remove(HERE);
        names.remove(new ModelId("/here", "never"));
        assertFails(Code.NOT_FOUND, "Identifier of model 'm' is not found in global map", () -> names.find("m"));
        assertFails(Code.INVALID_ARG, "Request for unknown model: 'never' is not found", () -> names.find("never"));
        assertThat(names.only("m")).isEmpty();
        assertThat(names.all("m")).isEmpty();
        assertThat(names.all("never")).isEmpty();
    }

    @Test
    void takesTheModelOfTheEnsemblesOwnNamespaceFirst() {
        assertThat(names.part(ENSEMBLE, "m")).isEmpty();
        names.add(THERE);
        assertThat(names.part(ENSEMBLE, "m")).contains(THERE);
        names.add(new ModelId("/elsewhere", "m"));
        assertThat(names.part(ENSEMBLE, "m"))
                .as("two others are no better than none")
                .isEmpty();
        names.add(HERE);
        assertThat(names.part(ENSEMBLE, "m")).contains(HERE);
    }

    @Test
    void takesNamesForIdentitiesWithoutNamespaces() {
        ModelNames plain = new ModelNames(false);
        ModelId id = ModelId.of("m");
        assertThat(plain.find("m")).isEqualTo(id);
        assertThat(plain.only("m")).contains(id);
        assertThat(plain.all("m")).containsExactly(id);
        assertThat(plain.part(ModelId.of("e"), "m")).as("nobody wants it").isEmpty();
        plain.add(id);
        assertThat(plain.part(ModelId.of("e"), "m")).contains(id);
    }

    @Test
    void writesAndOrdersModelsAsTritonDoes() {
        assertThat(ModelId.of("m")).hasToString("m");
        assertThat(HERE).hasToString("/here::m");
        assertThat(new ModelId("/a", "z")).isLessThan(new ModelId("/b", "a")).isGreaterThan(new ModelId("/a", "y"));
    }
}
