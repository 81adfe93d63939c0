package org.keepwell.app

import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.Bundle
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import java.io.File
import java.io.FileNotFoundException
import org.robolectric.Robolectric

/** Another app where files can be put, rightly or not: the last part of an address says how it behaves. */
class OtherPlaces : ContentProvider() {
    override fun onCreate() = true

    override fun query(uri: Uri, projection: Array<String>?, selection: String?, args: Array<String>?, order: String?): Cursor? {
        val file = file(uri)
        if (!file.exists()) return null
        return MatrixCursor(arrayOf(OpenableColumns.SIZE)).apply { addRow(arrayOf<Any>(file.length())) }
    }

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor = when (uri.lastPathSegment) {
        "gone" -> throw FileNotFoundException("gone")
        "forbidden" -> throw SecurityException("not for you")
        "full" -> ParcelFileDescriptor.open(File("/dev/full"), ParcelFileDescriptor.MODE_WRITE_ONLY)
        else -> ParcelFileDescriptor.open(file(uri), ParcelFileDescriptor.parseMode(mode))
    }

    override fun call(method: String, arg: String?, extras: Bundle?): Bundle? {
        val uri = checkNotNull(extras?.getParcelable("uri", Uri::class.java))
        when (uri.lastPathSegment) {
            "keeps" -> throw UnsupportedOperationException("nothing is removed here")
            "lies" -> Unit
            else -> file(uri).delete()
        }
        return Bundle()
    }

    override fun getType(uri: Uri): String? = null
    override fun insert(uri: Uri, values: ContentValues?): Uri? = null
    override fun delete(uri: Uri, selection: String?, args: Array<String>?) = 0
    override fun update(uri: Uri, values: ContentValues?, selection: String?, args: Array<String>?) = 0

    companion object {
        private const val AUTHORITY = "org.example.places"
        private lateinit var folder: File

        /** Puts it on the phone, with its files in [folder]. */
        fun install(folder: File) {
            this.folder = folder
            Robolectric.setupContentProvider(OtherPlaces::class.java, AUTHORITY)
        }

        fun address(behaviour: String): Uri = Uri.parse("content://$AUTHORITY/document/$behaviour")

        /** The file behind the address. */
        fun file(uri: Uri) = File(folder, uri.lastPathSegment.orEmpty())

        /** What the picker does: an empty file is there before anything is written. */
        fun make(behaviour: String): Uri = address(behaviour).also { file(it).createNewFile() }
    }
}
