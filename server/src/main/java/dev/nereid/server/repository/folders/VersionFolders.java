package dev.nereid.server.repository.folders;

import dev.nereid.proto.inference.ModelVersionPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The versions of a model: folders whose names are numbers, and the policy that says which of them are served. */
public final class VersionFolders {
    private static final Logger LOG = LoggerFactory.getLogger(VersionFolders.class);

    /** Numbers that fit a long and do not begin with 0, but for 0 itself. */
    private static final Pattern NAME = Pattern.compile("0|[1-9][0-9]{0,17}");

    /** The folder of a model that has what its warm-up needs. */
    public static final String WARMUP = "warmup";

    /** Folders of a model that are not meant to be versions. */
    private static final Set<String> OTHERS = Set.of(WARMUP, "initial_state", "configs");

    private VersionFolders() {}

    /** Every version in a model's folder. */
    public static NavigableSet<Long> available(Path modelFolder) {
        NavigableSet<Long> versions = new TreeSet<>();
        try (Stream<Path> entries = Files.list(modelFolder)) {
            entries.filter(VersionFolders::isVersion)
                    .map(entry -> Long.valueOf(fileName(entry)))
                    .forEach(versions::add);
        } catch (IOException e) {
            throw ModelLoadException.invalid("cannot read folder " + modelFolder + ": " + e);
        }
        return versions;
    }

    /** Says, in Triton's words, which folders look as if they were meant to be versions and are not. */
    public static void warnOfOthers(ModelFiles files) {
        if (!(files instanceof ModelFiles.Folder(Path modelFolder))) {
            return;
        }
        try (Stream<Path> entries = Files.list(modelFolder)) {
            entries.filter(entry -> Files.isDirectory(entry) && !isVersion(entry))
                    .map(VersionFolders::fileName)
                    .filter(name -> !OTHERS.contains(name))
                    .sorted()
                    .forEach(name -> LOG.warn(
                            "ignore version directory '{}' which {}",
                            name,
                            name.startsWith("0")
                                    ? "contains leading zeros in its directory name"
                                    : "fails to convert to integral number"));
        } catch (IOException e) {
            LOG.debug("folder {} cannot be read", modelFolder, e);
        }
    }

    public static boolean isVersion(Path entry) {
        return NAME.matcher(fileName(entry)).matches() && Files.isDirectory(entry);
    }

    /** The versions to serve. Those that a policy names but that are not there are logged. */
    public static SortedSet<Long> select(ModelVersionPolicy policy, SortedSet<Long> available, ModelId model) {
        return switch (policy.getPolicyChoiceCase()) {
            case ALL -> available;
            case SPECIFIC -> {
                SortedSet<Long> chosen = new TreeSet<>(policy.getSpecific().getVersionsList());
                SortedSet<Long> missing = new TreeSet<>(chosen);
                missing.removeAll(available);
                if (!missing.isEmpty()) {
                    LOG.warn("versions {} of model '{}' are specified, but not in its folder", missing, model);
                }
                chosen.retainAll(new HashSet<>(available));
                yield chosen;
            }
            case LATEST ->
                latest(available, Integer.toUnsignedLong(policy.getLatest().getNumVersions()));
            case POLICYCHOICE_NOT_SET -> latest(available, 1);
        };
    }

    private static SortedSet<Long> latest(SortedSet<Long> available, long count) {
        NavigableSet<Long> chosen = new TreeSet<>(available);
        while (chosen.size() > Math.max(count, 1)) {
            chosen.pollFirst();
        }
        return chosen;
    }

    private static String fileName(Path path) {
        return String.valueOf(path.getFileName());
    }
}
