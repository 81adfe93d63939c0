package org.keepwell.app

import android.content.ContentProvider
import android.content.ContentResolver
import android.content.ContentValues
import android.content.Intent
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import java.io.FileNotFoundException
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf

/** Another app that hands out files, rightly or not: the last part of an address says how it behaves. */
class OtherApp : ContentProvider() {
    override fun onCreate() = true

    override fun query(uri: Uri, projection: Array<String>?, selection: String?, args: Array<String>?, order: String?): Cursor? {
        val behaviour = uri.lastPathSegment.orEmpty()
        if (behaviour == "forbidden") throw SecurityException("not for you")
        if (behaviour == "nameless") return null
        val name = if (behaviour == "misnamed") "bank\u202Efdp.\nPIN: " + "x".repeat(5_000) else "$behaviour.json"
        return MatrixCursor(arrayOf(OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE)).apply { addRow(arrayOf<Any>(name, -1L)) }
    }

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor = when (uri.lastPathSegment) {
        "forbidden" -> throw SecurityException("not for you")
        "broken" -> throw IllegalStateException("of the other app")
        else -> throw FileNotFoundException("gone")
    }

    override fun getType(uri: Uri): String? = null
    override fun insert(uri: Uri, values: ContentValues?): Uri? = null
    override fun delete(uri: Uri, selection: String?, args: Array<String>?) = 0
    override fun update(uri: Uri, values: ContentValues?, selection: String?, args: Array<String>?) = 0

    companion object {
        const val AUTHORITY = "org.example.files"

        /** What is in its files. */
        var content = "person Ana\nrecord Ferritin\npicture"

        /**
         * Puts it on the phone. The bytes of its files come from Robolectric's resolver: its `pread` begins anew each time, so that a
         * file behind a descriptor never ends.
         */
        fun install(resolver: ContentResolver) {
            Robolectric.setupContentProvider(OtherApp::class.java, AUTHORITY)
            for (name in listOf("lab", "family", "hospital")) {
                shadowOf(resolver).registerInputStreamSupplier(address(name)) { content.byteInputStream() }
            }
        }

        fun address(behaviour: String): Uri = Uri.parse("content://$AUTHORITY/$behaviour")

        fun send(behaviour: String): Intent =
            Intent(Intent.ACTION_SEND).setType("application/json").putExtra(Intent.EXTRA_STREAM, address(behaviour))
    }
}
