package org.keepwell.app.background

import android.content.Context
import android.util.AtomicFile
import java.io.File
import java.io.IOException
import java.time.Instant
import org.keepwell.wallet.background.EndReminder

/**
 * What is to be said and when, in a file of the app's own that no backup has: a locked wallet does not say who has access. A clinic's
 * name is in it only where the person wishes clinics to be named on a locked screen.
 */
class KeptReminders(context: Context) {
    private val file = AtomicFile(File(context.noBackupFilesDir, "reminders"))

    /** In the order of their time; nothing where nothing can be read: the next sync plans anew. */
    fun read(): List<EndReminder> = try {
        file.readFully().decodeToString().lines().mapNotNull(::reminder)
    } catch (_: IOException) {
        emptyList()
    }

    fun write(reminders: List<EndReminder>) {
        if (reminders.isEmpty()) return file.delete()
        val stream = try {
            file.startWrite()
        } catch (_: IOException) {
            // A full phone: what can't be kept is not said, and planned again by the next sync.
            return
        }
        try {
            stream.write(reminders.joinToString("\n", transform = ::line).encodeToByteArray())
            file.finishWrite(stream)
        } catch (_: IOException) {
            file.failWrite(stream)
        }
    }

    private fun line(reminder: EndReminder) = "${reminder.time.toEpochMilli()} ${reminder.clinicName.orEmpty().replace('\n', ' ')}"

    private fun reminder(line: String): EndReminder? {
        val time = line.substringBefore(' ').toLongOrNull() ?: return null
        return EndReminder(Instant.ofEpochMilli(time), line.substringAfter(' ', "").ifEmpty { null })
    }
}
