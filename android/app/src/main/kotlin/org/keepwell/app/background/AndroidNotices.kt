package org.keepwell.app.background

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.os.Bundle
import androidx.annotation.StringRes
import org.keepwell.app.MainActivity
import org.keepwell.app.R
import org.keepwell.wallet.background.Notices
import org.keepwell.wallet.model.ClinicRead

/**
 * Notices by the framework's notifications. A locked screen may show all of it; one that hides what is private says that there is news.
 * Where notifications are not allowed the framework drops them.
 */
class AndroidNotices(private val context: Context) : Notices {
    private val manager = checkNotNull(context.getSystemService(NotificationManager::class.java))

    override fun unsent(count: Int) = notify(Channel.DECISIONS, UNSENT, context.resources.getQuantityString(R.plurals.message_unsent, count, count))

    override fun clearUnsent() = manager.cancel(UNSENT, ID)

    override fun stopped() = notify(Channel.DECISIONS, STOPPED, context.getString(R.string.message_closed))

    override fun endsSoon(count: Int, clinicName: String?) {
        val text = when {
            count != 1 -> context.resources.getQuantityString(R.plurals.todo_end_soon, count, count)
            clinicName == null -> context.getString(R.string.message_ends)
            else -> context.getString(R.string.message_ends_of, clinicName)
        }
        notify(Channel.ENDS, ENDS, text)
    }

    /** One for each clinic that is named, and one for all others; what is not taken away yet is counted with. */
    override fun read(read: ClinicRead) {
        val tag = "$READ ${read.isProved} ${read.clinicName.orEmpty()}"
        val shown = manager.activeNotifications.find { it.tag == tag }?.notification?.extras?.getLong(RECORDS) ?: 0
        val all = shown + read.records
        notify(Channel.READS, tag, text(read, all.coerceAtMost(Int.MAX_VALUE.toLong()).toInt())) {
            setGroup(READ).addExtras(Bundle().apply { putLong(RECORDS, all) })
        }
        notify(Channel.READS, READ, context.getString(R.string.message_reads)) { setGroup(READ).setGroupSummary(true) }
    }

    private fun text(read: ClinicRead, count: Int): String = with(context.resources) {
        val name = read.clinicName
        when {
            name == null && read.isProved -> getQuantityString(R.plurals.message_read, count, count)
            name == null -> getQuantityString(R.plurals.message_read_said, count, count)
            read.isProved -> getQuantityString(R.plurals.message_read_of, count, count, name)
            else -> getQuantityString(R.plurals.message_read_said_of, count, count, name)
        }
    }

    /** One of the same [tag] takes the place of the one before. */
    private fun notify(channel: Channel, tag: String, text: String, also: Notification.Builder.() -> Unit = {}) {
        manager.createNotificationChannel(
            NotificationChannel(channel.id, context.getString(channel.title), NotificationManager.IMPORTANCE_DEFAULT),
        )
        val hidden = builder(channel).setContentTitle(context.getString(R.string.notice_hidden)).build()
        val notice = builder(channel).setContentTitle(text).setStyle(Notification.BigTextStyle().bigText(text))
            .setVisibility(Notification.VISIBILITY_PRIVATE).setPublicVersion(hidden).apply(also)
        manager.notify(tag, ID, notice.build())
    }

    private fun builder(channel: Channel): Notification.Builder {
        val open = Intent(context, MainActivity::class.java).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
        val opens = PendingIntent.getActivity(context, 0, open, PendingIntent.FLAG_IMMUTABLE)
        return Notification.Builder(context, channel.id).setSmallIcon(R.drawable.ic_lock).setContentIntent(opens).setAutoCancel(true)
    }

    /** What the phone's own settings can silence one by one. */
    private enum class Channel(val id: String, @StringRes val title: Int) {
        DECISIONS("decisions", R.string.notice_channel),
        ENDS("ends", R.string.notice_channel_ends),
        READS("reads", R.string.notice_channel_reads),
    }

    private companion object {
        const val UNSENT = "unsent"
        const val STOPPED = "stopped"
        const val ENDS = "ends"
        const val READ = "read"
        const val RECORDS = "org.keepwell.records"
        const val ID = 1
    }
}
