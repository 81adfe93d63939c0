package org.keepwell.app.background

import android.content.Context
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.keepwell.wallet.background.KeptWishes
import org.keepwell.wallet.background.NoticeWishes

/** The wishes in the app's own preferences, which no backup has. */
class PreferenceWishes(context: Context) : KeptWishes {
    private val preferences = context.getSharedPreferences("notices", Context.MODE_PRIVATE)
    private val current = MutableStateFlow(read())

    override val now: StateFlow<NoticeWishes> = current.asStateFlow()

    override fun set(wishes: NoticeWishes) {
        current.value = wishes
        preferences.edit()
            .putBoolean(SENDING, wishes.tellsSending)
            .putBoolean(ENDS, wishes.tellsEnds)
            .putBoolean(READS, wishes.tellsReads)
            .putBoolean(NAMES, wishes.namesClinics)
            .apply()
    }

    private fun read(): NoticeWishes {
        val first = NoticeWishes()
        return NoticeWishes(
            tellsSending = preferences.getBoolean(SENDING, first.tellsSending),
            tellsEnds = preferences.getBoolean(ENDS, first.tellsEnds),
            tellsReads = preferences.getBoolean(READS, first.tellsReads),
            namesClinics = preferences.getBoolean(NAMES, first.namesClinics),
        )
    }

    private companion object {
        const val SENDING = "sending"
        const val ENDS = "ends"
        const val READS = "reads"
        const val NAMES = "names"
    }
}
