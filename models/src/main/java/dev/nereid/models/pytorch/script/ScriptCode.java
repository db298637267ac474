package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PyTorchArchive;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The classes and functions of an archive, by their full names. A file is parsed when something of it is first wanted. */
final class ScriptCode {
    private static final String FOLDER = "code/";

    private final PyTorchArchive archive;
    private final Map<String, Map<String, Definition>> files = new HashMap<>();

    ScriptCode(PyTorchArchive archive) {
        this.archive = archive;
    }

    /** What has a full name such as {@code __torch__.net.Net}. */
    Optional<Definition> find(String fullName) {
        int dot = fullName.lastIndexOf('.');
        if (dot < 0) {
            return Optional.empty();
        }
        String module = fullName.substring(0, dot);
        return Optional.ofNullable(file(module).get(fullName.substring(dot + 1)));
    }

    /**
     * A class.
     *
     * @throws ModelFormatException if the archive has none of that name
     */
    Definition.OfClass requireClass(String fullName) {
        return find(fullName)
                .map(each -> each instanceof Definition.OfClass definition ? definition : null)
                .orElseThrow(() -> new ModelFormatException("the archive has no code of the class " + fullName));
    }

    /** The line of the model's own Python code that a statement comes from; empty where the archive does not say it. */
    Optional<String> original(CodeFile file, int at) {
        String name = file.name() + ".debug_pkl";
        if (!archive.has(name)) {
            return Optional.empty();
        }
        int end = file.text().indexOf('\n', at);
        try {
            return OriginalLines.of(archive.pickle(name))
                    .line(at, end < 0 ? file.text().length() : end);
        } catch (ModelFormatException e) {
            // It is for messages only, and there is another one to give.
            return Optional.empty();
        }
    }

    private Map<String, Definition> file(String module) {
        Map<String, Definition> known = files.get(module);
        if (known == null) {
            String name = FOLDER + module.replace('.', '/') + ".py";
            known = archive.has(name) ? CodeParser.parse(new CodeFile(name, archive.text(name)), module) : Map.of();
            files.put(module, known);
        }
        return known;
    }
}
