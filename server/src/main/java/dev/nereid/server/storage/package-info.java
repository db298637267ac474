/**
 * Model repositories that lie elsewhere: S3 and what speaks its protocol, Google Cloud Storage, Azure Blob Storage, and the
 * local copies of what is there. Depends on nothing else of the server.
 */
@NullMarked
package dev.nereid.server.storage;

import org.jspecify.annotations.NullMarked;
