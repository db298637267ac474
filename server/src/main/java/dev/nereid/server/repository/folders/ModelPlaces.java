package dev.nereid.server.repository.folders;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where models are looked for; never changed but for another one.
 *
 * @param roots the folders of models' folders
 * @param registered those of them that came later
 * @param renamed models whose folder has another name
 * @param withdrawn models that went with their root
 */
record ModelPlaces(
        List<OpenRoot> roots, Set<LocalRoot> registered, Map<String, Place> renamed, Set<ModelId> withdrawn) {
    /** A model's folder in a root. */
    record Place(LocalRoot root, Path folder) {}

    ModelPlaces {
        roots = List.copyOf(roots);
        registered = Set.copyOf(registered);
        renamed = Map.copyOf(renamed);
        withdrawn = Set.copyOf(withdrawn);
    }

    static ModelPlaces of(List<OpenRoot> roots) {
        return new ModelPlaces(roots, Set.of(), Map.of(), Set.of());
    }

    /** What the model in a folder is called, where it is called otherwise than its folder. */
    Optional<String> nameOf(Path folder) {
        return renamed.entrySet().stream()
                .filter(entry -> entry.getValue().folder().equals(folder))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Whether a folder of this machine is a root, however it is written. */
    boolean has(Path folder) {
        return roots.stream()
                .anyMatch(root ->
                        root instanceof LocalRoot(Path path) && canonical(path).equals(canonical(folder)));
    }

    private static Path canonical(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** These places and one more root, in which the model of a folder has a name of its own. */
    ModelPlaces with(LocalRoot root, String name, Path folder) {
        List<OpenRoot> moreRoots = new ArrayList<>(roots);
        moreRoots.add(root);
        Set<LocalRoot> moreRegistered = new HashSet<>(registered);
        moreRegistered.add(root);
        Map<String, Place> moreRenamed = new HashMap<>(renamed);
        moreRenamed.put(name, new Place(root, folder));
        return new ModelPlaces(moreRoots, moreRegistered, moreRenamed, withdrawn);
    }

    /** These places without a root that came later. */
    ModelPlaces without(LocalRoot root) {
        List<OpenRoot> fewerRoots = new ArrayList<>(roots);
        fewerRoots.remove(root);
        Set<LocalRoot> fewerRegistered = new HashSet<>(registered);
        fewerRegistered.remove(root);
        Map<String, Place> fewerRenamed = new HashMap<>(renamed);
        fewerRenamed.values().removeIf(place -> place.root().equals(root));
        return new ModelPlaces(fewerRoots, fewerRegistered, fewerRenamed, withdrawn);
    }

    /** These places, with other models that went. */
    ModelPlaces withWithdrawn(Set<ModelId> nowWithdrawn) {
        return new ModelPlaces(roots, registered, renamed, nowWithdrawn);
    }
}
