package dev.nereid.perf;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the directions in which the load generator's packages depend on each other. */
class ArchitectureTest {
    private static final String ROOT = "dev.nereid.perf";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    /** What each package may use of the project, beside itself; the root, which wires them, may use all of these. */
    private static final Map<String, List<String>> USES = Map.ofEntries(
            Map.entry("nullserver", List.of("proto")),
            Map.entry("model", List.of("proto")),
            Map.entry("metrics", List.of()),
            Map.entry("data", List.of("model")),
            Map.entry("sharedmemory", List.of("data", "model")),
            Map.entry("client", List.of("data", "model", "proto")),
            Map.entry("measure", List.of("client", "data", "metrics", "model")),
            Map.entry("load", List.of("client", "data", "measure")),
            Map.entry("compare", List.of("measure")),
            Map.entry("report", List.of("client", "compare", "data", "measure", "metrics", "model")),
            Map.entry("report.html", List.of("report", "compare", "measure", "metrics", "model")));

    static Stream<String> packages() {
        return USES.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void packageDependsOnlyOnWhatLiesBelowIt(String name) {
        String[] allowed = Stream.concat(Stream.of(name), USES.getOrDefault(name, List.of()).stream())
                .map(ArchitectureTest::fullName)
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(fullName(name))
                .should()
                .dependOnClassesThat(projectExcept(allowed))
                .check(CLASSES);
    }

    @Test
    void moduleDependsOnTheWireContractsOnly() {
        noClasses()
                .should()
                .dependOnClassesThat(projectExcept(ROOT + "..", fullName("proto")))
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> projectExcept(String... allowed) {
        return resideInAPackage("dev.nereid..").and(DescribedPredicate.not(resideInAnyPackage(allowed)));
    }

    private static String fullName(String name) {
        return name.equals("proto") ? "dev.nereid.proto.." : ROOT + "." + name;
    }

    @Test
    void everyPackageHasItsDirections() {
        Set<String> packages = new TreeSet<>();
        CLASSES.forEach(type -> packages.add(type.getPackageName()));
        packages.remove(ROOT);
        assertThat(packages)
                .containsExactlyElementsOf(
                        packages().map(ArchitectureTest::fullName).toList());
    }

    @Test
    void everyPackageSaysWhatLivesThere() {
        Stream.concat(Stream.of(ROOT), packages().map(ArchitectureTest::fullName))
                .forEach(name -> assertThat(CLASSES.getPackage(name)
                                .getPackageInfo()
                                .isAnnotatedWith("org.jspecify.annotations.NullMarked"))
                        .as(name)
                        .isTrue());
    }
}
