package dev.nereid.server.statement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Ties the numbers that tests carry, the texts of the statements, and docs/scheduling.md to each other. */
class StatementTextsTest {
    private static final StatementTexts TEXTS = StatementTexts.read();

    /** The numbers that the tests of this module carry. */
    private static Set<Integer> cited() {
        Set<Integer> numbers = new TreeSet<>();
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages("dev.nereid.server")
                .forEach(type -> type.getMethods().stream()
                        .filter(method -> method.isAnnotatedWith(Statement.class))
                        .map(StatementTextsTest::numbers)
                        .forEach(numbers::addAll));
        return numbers;
    }

    private static List<Integer> numbers(JavaMethod method) {
        return Arrays.stream(method.getAnnotationOfType(Statement.class).value())
                .boxed()
                .toList();
    }

    @Test
    void everyNumberOfATestHasATextAndEveryTextATest() {
        assertThat(cited()).hasSizeGreaterThan(140).isEqualTo(TEXTS.all().keySet());
    }

    @Test
    void pageHasTheTexts() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "scheduling.md"));
        List<String> rows = TEXTS.all().entrySet().stream()
                .map(entry -> "| " + entry.getKey() + " | " + entry.getValue().text() + " | ")
                .toList();

        assertThat(rows.stream().filter(row -> !page.contains("\n" + row))).isEmpty();
    }

    @Test
    void testOfAStatementWithoutATextIsRefused() {
        StatementPage page = new StatementPage(StatementTexts.of(List.of("## Requests", "1. One.")));

        page.add(1, "FooTest.bar", "passed");
        assertThatThrownBy(() -> page.add(2, "FooTest.bar", "passed"))
                .hasMessage("FooTest.bar holds statement 2, which has no text in statements.md");
        assertThat(page.text())
                .contains("Of 1 binding statements, 1 are held by tests that pass.\n")
                .endsWith("\n## Requests\n\n| | statement | tests |\n|---:|---|---|\n| 1 | One. | FooTest.bar |\n");
    }

    @Test
    void pageSaysWhatDoesNotPassAndWhatHasNoTest() {
        StatementPage page = new StatementPage(
                StatementTexts.of(List.of("## Requests", "1. One.", "2. Two.", "3. *Not binding.* Three.")));

        page.add(1, "FooTest.b", "failed");
        page.add(1, "FooTest.a", "passed");
        assertThat(page.text())
                .contains("Of 2 binding statements, 0 are held by tests that pass.\n")
                .contains("| 1 | One. | FooTest.a, FooTest.b (**failed**) |\n| 2 | Two. | **no test** |\n");
    }

    @Test
    void textsAreInAscendingOrderBelowSections() {
        assertThatThrownBy(() -> StatementTexts.of(List.of("1. One.")))
                .hasMessage("expected '## <section>' or '<number>. <text>' below a section, got: 1. One.");
        assertThatThrownBy(() -> StatementTexts.of(List.of("## Requests", "2. Two.", "1. One.")))
                .hasMessage("statement 1 stands behind 2");
    }
}
