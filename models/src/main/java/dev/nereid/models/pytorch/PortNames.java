package dev.nereid.models.pytorch;

import dev.nereid.models.ModelFormatException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which argument of a model a name in its config means, by the rules of Triton's PyTorch backend: the names of the arguments;
 * names that end in their index ({@code INPUT__0}); else the config's order.
 */
public final class PortNames {
    private static final Pattern INDEXED = Pattern.compile(".*__(\\d{1,6})", Pattern.DOTALL);

    private PortNames() {}

    /**
     * The names that the arguments get.
     *
     * @param configured names in the config's order; none leaves the arguments' own
     * @param arguments names in the file's order
     * @return a name for each argument; those that the config leaves out keep their own
     * @throws ModelFormatException if an index is out of range or comes twice, or there are more names than arguments
     */
    public static List<String> of(List<String> configured, List<String> arguments, String what) {
        List<String> names = new ArrayList<>(arguments);
        if (new HashSet<>(arguments).containsAll(configured)) {
            return names;
        }
        boolean indexed =
                configured.stream().allMatch(name -> INDEXED.matcher(name).matches());
        boolean[] named = new boolean[arguments.size()];
        for (int i = 0; i < configured.size(); i++) {
            String name = configured.get(i);
            int place = indexed ? index(name) : i;
            if (place >= arguments.size() || named[place]) {
                throw new ModelFormatException("the config's " + what + " '" + name + "' "
                        + (place < arguments.size() ? "is the second of index " + place : "has the index " + place)
                        + ": the model has " + arguments.size() + " " + what + "s, " + arguments);
            }
            named[place] = true;
            names.set(place, name);
        }
        for (String name : names) {
            if (Collections.frequency(names, name) > 1) {
                throw new ModelFormatException(
                        "two " + what + "s are called '" + name + "'; the model has " + arguments);
            }
        }
        return names;
    }

    private static int index(String name) {
        Matcher matcher = INDEXED.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(name);
        }
        return Integer.parseInt(matcher.group(1));
    }
}
