// Films are sent, become proxies or other formats, and are fetched again; none of them is of the library.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../app/session.ts";
import { Card } from "../../parts/Card.tsx";
import { Page } from "../../parts/Page.tsx";
import { ChoiceForm } from "./ChoiceForm.tsx";
import { Conversions } from "./Conversions.tsx";
import classes from "./Convert.module.css";
import { DropArea } from "./DropArea.tsx";
import { Load } from "./Load.tsx";
import { send, useSendings, type Choice } from "./sending.ts";
import { SendingList } from "./SendingList.tsx";
import { Sent } from "./Sent.tsx";

export default function Convert() {
  const client = useQueryClient();
  const mayOperate = useMay("operator");
  const sendings = useSendings();
  const [choice, setChoice] = useState<Choice>({ preset: "prores-proxy" });
  return (
    <Page title="Convert" description="Send a film, choose what it becomes, fetch the result. The library is not touched.">
      <div className={classes.columns}>
        <div className={classes.column}>
          {mayOperate && (
            <Card>
              <ChoiceForm choice={choice} onChange={setChoice} />
              <DropArea onFiles={(files) => files.forEach((file) => send(client, file, choice))} />
              {sendings.length > 0 && <SendingList sendings={sendings} />}
            </Card>
          )}
          <Conversions />
        </div>
        <div className={classes.column}>
          <Load />
          {mayOperate && <Sent choice={choice} busy={new Set(sendings.map((it) => it.name))} />}
        </div>
      </div>
    </Page>
  );
}
