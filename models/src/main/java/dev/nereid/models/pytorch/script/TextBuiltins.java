package dev.nereid.models.pytorch.script;

import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.Builtins.Builtin;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Functions of texts. */
final class TextBuiltins {
    private static final int LONGEST = 1 << 20;

    private TextBuiltins() {}

    static Map<String, Builtin> all() {
        return Map.ofEntries(
                Map.entry("aten::format", TextBuiltins::format),
                Map.entry("aten::str", call -> text(shown(call.at(0)))),
                Map.entry("aten::add", of((text, call) -> argument(call, 1).flatMap(other -> text(text + other)))),
                Map.entry("aten::len", of((text, _) -> Optional.of(ScriptValue.of((long) text.length())))),
                Map.entry("aten::lower", of((text, _) -> text(text.toLowerCase(Locale.ROOT)))),
                Map.entry("aten::upper", of((text, _) -> text(text.toUpperCase(Locale.ROOT)))),
                Map.entry("aten::strip", of((text, _) -> text(text.strip()))),
                Map.entry("aten::startswith", test(String::startsWith)),
                Map.entry("aten::endswith", test(String::endsWith)),
                Map.entry("aten::__contains__", test(String::contains)),
                Map.entry(
                        "aten::find",
                        of((text, call) -> argument(call, 1).map(other -> ScriptValue.of((long) text.indexOf(other))))),
                Map.entry("aten::split", of(TextBuiltins::split)),
                Map.entry("aten::join", of(TextBuiltins::join)),
                Map.entry("aten::replace", of(TextBuiltins::replace)),
                Map.entry("aten::slice", of(TextBuiltins::slice)));
    }

    private static Builtin of(BiFunction<String, BuiltinCall, Optional<ScriptValue>> function) {
        return call -> argument(call, 0).flatMap(text -> function.apply(text, call));
    }

    private static Builtin test(BiFunction<String, String, Boolean> test) {
        return of((text, call) -> argument(call, 1).map(other -> ScriptValue.of((boolean) test.apply(text, other))));
    }

    private static Optional<String> argument(BuiltinCall call, int index) {
        return call.find(index, "")
                .flatMap(value ->
                        value instanceof Plain(Argument.OfText(String text)) ? Optional.of(text) : Optional.empty());
    }

    private static Optional<ScriptValue> text(String text) {
        return Optional.of(ScriptValue.of(text.length() > LONGEST ? text.substring(0, LONGEST) : text));
    }

    private static Optional<ScriptValue> format(BuiltinCall call) {
        String form = argument(call, 0).orElse("");
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int i = 1; i < call.count(); i++) {
            int place = form.indexOf("{}", from);
            if (place < 0 || text.length() > LONGEST) {
                break;
            }
            text.append(form, from, place).append(shown(call.at(i)));
            from = place + 2;
        }
        return text(text.append(form.substring(from)).toString());
    }

    /** A value as Python prints it. */
    static String shown(ScriptValue value) {
        return switch (value) {
            case Plain(Argument.OfText(String text)) -> text;
            case Plain(Argument.OfInteger(long integer)) -> Long.toString(integer);
            case Plain(Argument.OfReal(double real)) -> Double.toString(real);
            case ListValue list ->
                list.items.stream().limit(20).map(TextBuiltins::shown).toList().toString();
            case ScriptValue.TupleValue tuple ->
                tuple.items().stream()
                        .limit(20)
                        .map(TextBuiltins::shown)
                        .toList()
                        .toString();
            default -> value.kind();
        };
    }

    private static Optional<ScriptValue> split(String text, BuiltinCall call) {
        String[] parts = argument(call, 1)
                .map(separator -> text.split(java.util.regex.Pattern.quote(separator), -1))
                .orElseGet(() -> text.strip().split("\\s+"));
        return Optional.of(
                ListValue.of(Arrays.stream(parts).map(ScriptValue::of).toList()));
    }

    private static Optional<ScriptValue> join(String separator, BuiltinCall call) {
        List<String> parts =
                Containers.items(call.at(1)).stream().map(TextBuiltins::shown).toList();
        return text(String.join(separator, parts));
    }

    private static Optional<ScriptValue> replace(String text, BuiltinCall call) {
        return argument(call, 1).flatMap(old -> argument(call, 2).flatMap(with -> text(text.replace(old, with))));
    }

    private static Optional<ScriptValue> slice(String text, BuiltinCall call) {
        int from = call.find(1, "start").isPresent() ? Containers.bound(call.integer(1), text.length()) : 0;
        int to = call.find(2, "end").isPresent() ? Containers.bound(call.integer(2), text.length()) : text.length();
        return text(text.substring(from, Math.max(from, to)));
    }
}
