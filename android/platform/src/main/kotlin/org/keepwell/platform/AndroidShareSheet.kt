package org.keepwell.platform

import android.content.Context
import android.content.Intent
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.screen.ShareSheet

/** Android's own sheet; the link goes to the app that the person picks and to no other. */
class AndroidShareSheet(private val context: Context) : ShareSheet {
    override fun send(link: ShareLink) {
        val send = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, link.expose())
        context.startActivity(Intent.createChooser(send, null).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
    }
}
