package dev.nereid.server.statement;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/** The test holds these statements of how Triton schedules, by number; their texts are in docs/scheduling.md. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Tag("statement")
public @interface Statement {
    int[] value();
}
