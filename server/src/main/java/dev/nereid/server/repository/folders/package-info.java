/**
 * Where models lie: roots on disk and in remote stores, folders of models and versions, names with their namespace, and
 * the error of a model that cannot be loaded. Depends on storage and files. Others use only RepositoryRoot.
 */
@NullMarked
package dev.nereid.server.repository.folders;

import org.jspecify.annotations.NullMarked;
