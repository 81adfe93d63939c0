package org.keepwell.app.background

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import org.keepwell.app.MainActivity
import org.keepwell.app.R
import org.keepwell.wallet.background.Notices

/**
 * Notices by the framework's notifications. None names a clinic, because a locked screen may show all of it; one that hides what is
 * private says that there is news. Where notifications are not allowed the framework drops them.
 */
class AndroidNotices(private val context: Context) : Notices {
    private val manager = checkNotNull(context.getSystemService(NotificationManager::class.java))

    override fun unsent(count: Int) = notify(UNSENT, context.resources.getQuantityString(R.plurals.message_unsent, count, count))

    override fun clearUnsent() = manager.cancel(UNSENT, ID)

    override fun stopped() = notify(STOPPED, context.getString(R.string.message_closed))

    /** One of the same [tag] takes the place of the one before. */
    private fun notify(tag: String, text: String) {
        manager.createNotificationChannel(
            NotificationChannel(CHANNEL, context.getString(R.string.notice_channel), NotificationManager.IMPORTANCE_DEFAULT),
        )
        val hidden = builder().setContentTitle(context.getString(R.string.notice_hidden)).build()
        val notice = builder().setContentTitle(text).setStyle(Notification.BigTextStyle().bigText(text)).setVisibility(Notification.VISIBILITY_PRIVATE).setPublicVersion(hidden)
        manager.notify(tag, ID, notice.build())
    }

    private fun builder(): Notification.Builder {
        val open = Intent(context, MainActivity::class.java).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
        val opens = PendingIntent.getActivity(context, 0, open, PendingIntent.FLAG_IMMUTABLE)
        return Notification.Builder(context, CHANNEL).setSmallIcon(R.drawable.ic_lock).setContentIntent(opens).setAutoCancel(true)
    }

    private companion object {
        const val CHANNEL = "decisions"
        const val UNSENT = "unsent"
        const val STOPPED = "stopped"
        const val ID = 1
    }
}
